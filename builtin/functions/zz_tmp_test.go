package functions
import ("bufio";"fmt";"math";"os";"strconv";"strings";"testing")
func TestZZ(t *testing.T){
 f,_:=os.Open("/tmp/conformance/jv/t.txt"); s:=bufio.NewScanner(f)
 names:=[]string{"sin","cos","tan","cot","asin","acos","atan","sinh","cosh","tanh"}
 fs:=[]func(float64)float64{sine,cosine,tangent,cotangent,arcSine,arcCosine,arcTangent,hyperbolicSine,hyperbolicCosine,hyperbolicTangent}
 bad:=map[string]int{}; ex:=map[string]string{}; n:=0
 for s.Scan(){ p:=strings.Fields(s.Text()); v:=make([]float64,len(p)); for i:=range p{u,_:=strconv.ParseUint(p[i],16,64); v[i]=math.Float64frombits(u)}; n++
  chk:=func(name string,got,want float64,args ...float64){ if got!=want && !(got!=got&&want!=want) || math.Signbit(got)!=math.Signbit(want)&&got==got { bad[name]++; if bad[name]<4 {ex[name]+=fmt.Sprintf(" %v: %v want %v;",args,got,want)} } }
  for i,fn:=range fs { chk(names[i],fn(v[0]),v[1+i],v[0]) }
  chk("atan2",arcTangent2(v[11],v[0]),v[12],v[11],v[0]); chk("exp",exponential(v[0]),v[13],v[0]); chk("ln",ln(math.Abs(v[0])),v[14],v[0]); chk("log10",log10(math.Abs(v[0])),v[15],v[0]); chk("pow",power(math.Abs(v[0]),v[11]),v[16],v[0],v[11])
 }
 for k,c:=range bad { t.Log(k,c,"of",n,ex[k]) }
}
