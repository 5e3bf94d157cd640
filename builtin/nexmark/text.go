package nexmark

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"sync"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// All long texts are cut out of pools that are made once, as published: the texts of a
// batch are views of them and cost 16 bytes each.

// poolSize is the length of a pool. The published one has 1 MiB; this one stays in the
// second-level cache, where a decoder's output would be too, and still gives millions
// of texts.
const poolSize = 1 << 17

type pools struct {
	letters []byte // a to z, for column extra
	words   []byte // the same with a blank for every 13th letter, for names and descriptions

	channels, urls *vector.Vector // the hot ones first; one text of each belongs to the other
	names          *vector.Vector // of people
	cities, states *vector.Vector
}

// shared is made at first use: it takes some milliseconds, and does not depend on the seed.
var shared = sync.OnceValue(func() *pools {
	r := rand.New(rand.NewPCG(2015, 7))
	p := &pools{letters: letters(r, poolSize, 0), words: letters(r, poolSize, 13)}
	var names, urls []string
	for _, c := range []string{"Google", "Facebook", "Baidu", "Apple"} {
		names, urls = append(names, c), append(urls, baseURL(r))
	}
	for i := range otherChannels {
		url := baseURL(r)
		if r.IntN(10) > 0 {
			id := int32(bits.Reverse32(uint32(i)))
			url += fmt.Sprintf("&channel_id=%d", max(id, -id))
		}
		names, urls = append(names, fmt.Sprintf("channel-%d", i)), append(urls, url)
	}
	p.channels, p.urls = textVector(names), textVector(urls)
	var people []string
	for _, first := range strings.Split("Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter", ",") {
		for _, last := range strings.Split("Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris", ",") {
			people = append(people, first+" "+last)
		}
	}
	p.names = textVector(people)
	p.cities = textVector(strings.Split("Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne", ","))
	p.states = textVector(strings.Split("AZ,CA,ID,OR,WA,WY", ","))
	return p
})

// letters are random letters; one in blanks of them is a blank (0: none).
func letters(r *rand.Rand, n, blanks int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(26))
		if blanks > 0 && r.IntN(blanks) == 0 {
			b[i] = ' '
		}
	}
	return b
}

// baseURL is an address with three random directories, as published.
func baseURL(r *rand.Rand) string {
	dir := func() string {
		b := make([]byte, 3+r.IntN(2))
		for i := range b {
			b[i] = 'a' + byte(r.IntN(26))
			if r.IntN(13) == 0 {
				b[i] = '_'
			}
		}
		return string(b)
	}
	return "https://www.nexmark.com/" + dir() + "/" + dir() + "/" + dir() + "/item.htm?query=1"
}

// textVector is a flat vector whose long texts lie in one buffer.
func textVector(texts []string) *vector.Vector {
	all := []byte(strings.Join(texts, ""))
	v := vector.New(types.TString, len(texts))
	buffer, at := v.AddStatic(all), 0
	for i, s := range texts {
		v.SetView(i, buffer, at, all[at:at+len(s)])
		at += len(s)
	}
	return v
}
