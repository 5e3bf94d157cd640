// Asks Flink's own classes the questions of flink.txt (tab-separated: function, arguments)
// and writes each with its answer. To record again, on Java 17:
//
//   java -cp "$FLINK_HOME/lib/*" FlinkAnswers.java < flink.txt > new.txt

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;
import org.apache.flink.table.utils.DateTimeUtils;

public class FlinkAnswers {
    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null; ) {
            if (line.startsWith("#")) {
                out.println(line);
                continue;
            }
            int end = line.lastIndexOf("\t=> ");
            String question = end < 0 ? line : line.substring(0, end);
            String answer;
            try {
                answer = answer(question.split("\t", -1));
            } catch (Exception e) {
                answer = "ERR";
            }
            out.println(question + "\t=> " + answer);
        }
        out.flush();
    }

    static int number(String s) {
        return Integer.parseInt(s);
    }

    static DecimalData decimal(String[] a) {
        return DecimalData.fromBigDecimal(new BigDecimal(a[1]), number(a[2]), number(a[3]));
    }

    static String answer(String[] a) {
        BinaryStringData text = BinaryStringData.fromString(a[1]);
        switch (a[0]) {
            case "ts": return "" + BinaryStringDataUtil.toTimestamp(text, number(a[2]));
            case "date": return "" + BinaryStringDataUtil.toDate(text);
            case "time": return "" + BinaryStringDataUtil.toTime(text, number(a[2]));
            case "byte": return "" + BinaryStringDataUtil.toByte(text);
            case "short": return "" + BinaryStringDataUtil.toShort(text);
            case "int": return "" + BinaryStringDataUtil.toInt(text);
            case "long": return "" + BinaryStringDataUtil.toLong(text);
            case "bool": return "" + BinaryStringDataUtil.toBoolean(text);
            case "double": return "" + BinaryStringDataUtil.toDouble(text);
            case "float": return "" + BinaryStringDataUtil.toFloat(text);
            case "dec": return "" + BinaryStringDataUtil.toDecimal(text, number(a[2]), number(a[3]));
            case "d2dec": return "" + DecimalDataUtils.castFrom(Double.parseDouble(a[1]), number(a[2]), number(a[3]));
            case "dec2d": {
                DecimalData d = decimal(a);
                return d == null ? "null" : Double.doubleToLongBits(DecimalDataUtils.doubleValue(d))
                    + " " + DecimalDataUtils.castToIntegral(d) + " " + d.toBigDecimal().toPlainString();
            }
            case "round": {
                DecimalData d = decimal(a);
                return d == null ? "skip" : "" + DecimalDataUtils.sround(d, number(a[4]));
            }
            case "rule": return rules(number(a[1]), number(a[2]), number(a[3]), number(a[4]));
            case "zone": {
                LocalDateTime t = LocalDateTime.parse(a[1]);
                ZoneId zone = ZoneId.of(a[2]);
                return t.atZone(zone).toInstant() + " " + LocalDateTime.ofInstant(t.toInstant(ZoneOffset.UTC), zone);
            }
            case "dtext": {
                long millis = Long.parseLong(a[1]);
                return Duration.ofMillis(millis) + " " + DateTimeUtils.formatIntervalDayTime(millis);
            }
        }
        throw new IllegalArgumentException("no function " + a[0]);
    }

    static String rules(int p1, int s1, int p2, int s2) {
        return LogicalTypeMerging.findAdditionDecimalType(p1, s1, p2, s2).asSummaryString()
            + "|" + LogicalTypeMerging.findMultiplicationDecimalType(p1, s1, p2, s2).asSummaryString()
            + "|" + LogicalTypeMerging.findDivisionDecimalType(p1, s1, p2, s2).asSummaryString()
            + "|" + LogicalTypeMerging.findModuloDecimalType(p1, s1, p2, s2).asSummaryString()
            + "|" + LogicalTypeMerging.findAvgAggType(new DecimalType(p1, s1)).asSummaryString();
    }
}
