#include "base/numeric.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/types.h"

namespace allod {
namespace {

std::string Show(const Status& status) { return status.error().sqlstate + " " + status.error().message; }
std::string Show(const Result<Numeric>& r) { return r.ok() ? r->ToString() : Show(r.status()); }
Numeric N(std::string_view text) {
  Result<Numeric> r = Numeric::Parse(text);
  EXPECT_TRUE(r.ok()) << text;
  return r.ok() ? *r : Numeric();
}
std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

// The answers in these tables are PostgreSQL 15's.
struct Operation {
  const char *name, *a, *b, *want;
};
constexpr Operation kOperations[] = {
    {"add", "0.07", "79383470", "79383470.07"},
    {"add", "-0.384", "61003.0", "61002.616"},
    {"add", "-3451450612310077283783266", "0", "-3451450612310077283783266"},
    {"add", "-97297926", "0.0", "-97297926.0"},
    {"add", "5", "0.50255171607909669091", "5.50255171607909669091"},
    {"add", "-7510490495490267304.2", "513374207802345888", "-6997116287687921416.2"},
    {"add", "-681.09608086891712187664", "-0.397", "-681.49308086891712187664"},
    {"sub", "38606.892838", "35", "38571.892838"},
    {"sub", "-123", "823601395518.008", "-823601395641.008"},
    {"sub", "0.6856395003", "921.05169938954412625856", "-920.36605988924412625856"},
    {"sub", "-47105903.45", "-731690191347680360", "731690191300574456.55"},
    {"sub", "891718906267", "64869458474844003", "-64868566755937736"},
    {"sub", "60951367.30", "-0.713058", "60951368.013058"},
    {"sub", "-4965824237184895449.4", "0.4", "-4965824237184895449.8"},
    {"mul", "2.35775355721179376462", "0.39", "0.9195238873125995682018"},
    {"mul", "23555", "0", "0"},
    {"mul", "3.08294061984815141510", "378.765", "1167.71000387678507074035150"},
    {"mul", "-190650617808501662.2", "-844074142207", "160923256687945638713398676475.4"},
    {"mul", "-53.9", "62488.4765817360", "-3368128.88775557040"},
    {"mul", "-0.88", "0.498", "-0.43824"},
    {"mul", "-0.5690695398", "8.385419", "-4.7718865313601762"},
    {"div", "5002679175699647766", "-605049669549", "-8268212.392262955130"},
    {"div", "-7", "-158.09", "0.04427857549497121893"},
    {"div", "4340521778625930.07", "-33403557028383301.54", "-0.12994190334094509291"},
    {"div", "292196378434783997.03", "52", "5619161123745846.0967"},
    {"div", "1", "920.60", "0.00108624809906582663"},
    {"div", "-0.9227800368", "-0.4", "2.3069500920000000"},
    {"div", "0.0", "0.4777273866", "0.0000000000000000"},
    {"idiv", "8", "0", "22012 division by zero"},
    {"idiv", "2934343380860387.19854510536232259794", "355", "8265756002423"},
    {"idiv", "4", "6705468644552539296", "0"},
    {"idiv", "0.620210", "-508725147436.296384", "0"},
    {"idiv", "-76125", "0", "22012 division by zero"},
    {"idiv", "-2.723", "680389944343790202.11450841870315084376", "0"},
    {"idiv", "0.649009", "-57544", "0"},
    {"mod", "0.6766836989", "-90905", "0.6766836989"},
    {"mod", "786", "-221", "123"},
    {"mod", "-0.7113853866", "-93322", "-0.7113853866"},
    {"mod", "0.463", "-472811586379", "0.463"},
    {"mod", "7376369371565497440930652.66", "8", "4.66"},
    {"mod", "1", "811489119321884453.9", "1.0"},
    {"mod", "7", "-0.4806641348", "0.2707021128"},
    {"gcd", "8298164494351676565710480", "-5", "5"},
    {"gcd", "-5691095359543990.271", "-94656", "0.001"},
    {"gcd", "50522.40", "50.9", "0.10"},
    {"gcd", "22989105136.6", "-409.858", "0.002"},
    {"gcd", "32.4", "9498949024314853038118373", "0.2"},
    {"gcd", "-6", "-648", "6"},
    {"gcd", "0", "0.514", "0.514"},
    {"lcm", "145291488897841130148225", "7703270796804202630", "223843936690188320561343286384894966966350"},
    {"lcm", "2502405498574952.299", "39278842538962541", "98291591547159602634285928022831759.000"},
    {"lcm", "0.70140396043816580177", "374", "26232508120387400986198.00000000000000000000"},
    {"lcm", "17.03", "-6121446442949206660947736.002", "4009547420131730362920767081.310"},
    {"lcm", "0.65742041550048994705", "-8", "105187266480078391528.00000000000000000000"},
    {"lcm", "-5365615054886363711.676884", "0", "0.000000"},
    {"lcm", "-40070617.4", "7267936396019230976", "132377590278373403400692992.0"},
    {"power", "6.641", "-4", "0.0005141218706229"},
    {"power", "-201", "-4", "0.0000000006126547"},
    {"power", "0.00", "-1.5", "2201F zero raised to a negative power is undefined"},
    {"power", "3839952", "0", "1.0000000000000000"},
    {"power", "6", "-4", "0.0007716049382716"},
    {"power", "-12", "33", "-410186270246002225336426103593500672.0000000000000000"},
    {"power", "7571688", "-2", "0.0000000000000174"},
    {"log", "2.0", "25190", "14.620563501621604"},
    {"log", "267039443114", "-6.700", "2201E cannot take logarithm of a negative number"},
    {"log", "0.958", "38", "-84.77739495409888"},
    {"log", "-701.02367369625051242900", "-59", "2201E cannot take logarithm of a negative number"},
    {"log", "0", "80163727764586357.92329920662839505102", "2201E cannot take logarithm of zero"},
    {"log", "0.812729", "-45630", "2201E cannot take logarithm of a negative number"},
    {"log", "512.9", "-9663565145758424604.591249", "2201E cannot take logarithm of a negative number"},
    {"sqrt", "-1847311573464470395730161", "", "2201F cannot take square root of a negative number"},
    {"sqrt", "7550867542599125128", "", "2747884193.8115087"},
    {"sqrt", "94417072.128", "", "9716.8447619584826"},
    {"sqrt", "-897036277279315263", "", "2201F cannot take square root of a negative number"},
    {"sqrt", "-485.707578", "", "2201F cannot take square root of a negative number"},
    {"exp", "-38.787", "", "0.00000000000000001428959534081006"},
    {"exp", "-15.771", "", "0.0000001414952060418418"},
    {"exp", "-33.837", "", "0.000000000000002017333106691364"},
    {"exp", "6.525", "", "681.97977365069528"},
    {"exp", "-20.99", "", "0.0000000007658766427138222"},
    {"ln", "50788206168715648.247898", "", "38.466440560508188"},
    {"ln", "8980972609294271460.364", "", "43.641639858726664"},
    {"ln", "8107735219671724881", "", "43.539350245273425"},
    {"ln", "-4083337795440213031.1", "", "2201E cannot take logarithm of a negative number"},
    {"ln", "97258.89", "", "11.485131671184447"},
    {"log10", "231", "", "2.3636119798921443"},
    {"log10", "1006087097356501667.2", "", "18.002635579391845"},
    {"log10", "0.3", "", "-0.5228787452803376"},
    {"log10", "9", "", "0.9542425094393249"},
    {"log10", "-5", "", "2201E cannot take logarithm of a negative number"},
    {"ceil", "17709992955005977.0", "", "17709992955005977"},
    {"ceil", "0.61", "", "1"},
    {"ceil", "0.549246", "", "1"},
    {"ceil", "0.13", "", "1"},
    {"ceil", "-345199171823890207.7074080715", "", "-345199171823890207"},
    {"floor", "658543861705.000000000000", "", "658543861705"},
    {"floor", "-3.393158", "", "-4"},
    {"floor", "0.4381856081", "", "0"},
    {"floor", "217.30327159761024209492", "", "217"},
    {"floor", "-18", "", "-18"},
    {"trim", "7.24999800356129142038", "", "7.24999800356129142038"},
    {"trim", "-60", "", "-60"},
    {"trim", "-0.5", "", "-0.5"},
    {"trim", "-93.49844343852890404109", "", "-93.49844343852890404109"},
    {"trim", "74.5", "", "74.5"},
    {"int8", "0.3", "", "0"},
    {"int8", "7792487883419494834.56", "", "7792487883419494835"},
    {"int8", "-87.59267110599367985841", "", "-88"},
    {"int8", "88.8", "", "89"},
    {"int8", "2.1702500657", "", "2"},
    {"div", "1", "3", "0.33333333333333333333"},
    {"div", "10", "2", "5.0000000000000000"},
    {"div", "1", "0", "22012 division by zero"},
    {"div", "NaN", "0", "NaN"},
    {"div", "Infinity", "0", "22012 division by zero"},
    {"div", "1", "Infinity", "0"},
    {"div", "Infinity", "Infinity", "NaN"},
    {"mod", "5", "0", "22012 division by zero"},
    {"mod", "-7", "3", "-1"},
    {"mod", "7", "-3", "1"},
    {"mod", "5", "Infinity", "5"},
    {"add", "Infinity", "-Infinity", "NaN"},
    {"mul", "0", "Infinity", "NaN"},
    {"add", "999999999999999999", "1", "1000000000000000000"},
    {"sub", "-999999999999999999", "1", "-1000000000000000000"},
    {"mul", "999999999", "999999999", "999999998000000001"},
    {"mul", "9999999999", "9999999999", "99999999980000000001"},
    {"power", "0", "0", "1.0000000000000000"},
    {"power", "0", "-1", "2201F zero raised to a negative power is undefined"},
    {"power", "-1", "0.5", "2201F a negative number raised to a non-integer power yields a complex result"},
    {"power", "2", "-3", "0.1250000000000000"},
    {"power", "-2", "3", "-8.0000000000000000"},
    {"power", "NaN", "0", "1"},
    {"power", "1", "NaN", "1"},
    {"power", "Infinity", "-1", "0"},
    {"power", "-Infinity", "3", "-Infinity"},
    {"power", "0.5", "Infinity", "0"},
    {"power", "10", "131073", "22003 value overflows numeric format"},
    {"power", "2", "0.5", "1.4142135623730950"},
    {"log", "2", "64", "6.0000000000000000"},
    {"log", "10", "0", "2201E cannot take logarithm of zero"},
    {"log", "10", "-1", "2201E cannot take logarithm of a negative number"},
    {"gcd", "12", "18", "6"},
    {"lcm", "4", "6", "12"},
    {"gcd", "1.2", "0.18", "0.06"},
    {"sqrt", "2", "", "1.414213562373095"},
    {"sqrt", "0", "", "0.000000000000000"},
    {"sqrt", "-1", "", "2201F cannot take square root of a negative number"},
    {"sqrt", "0.01", "", "0.10000000000000000"},
    {"ln", "0", "", "2201E cannot take logarithm of zero"},
    {"ln", "-1", "", "2201E cannot take logarithm of a negative number"},
    {"ln", "1", "", "0.0000000000000000"},
    {"exp", "0", "", "1.0000000000000000"},
    {"exp", "1", "", "2.7182818284590452"},
    {"exp", "6000", "", "22003 value overflows numeric format"},
    {"int8", "9223372036854775807", "", "9223372036854775807"},
    {"int8", "9223372036854775807.5", "", "22003 bigint out of range"},
    {"int8", "NaN", "", "0A000 cannot convert NaN to bigint"},
    {"int8", "Infinity", "", "0A000 cannot convert infinity to bigint"},
    {"int8", "-0.5", "", "-1"},
    {"int8", "2.5", "", "3"},
    {"ceil", "-0.5", "", "0"},
    {"floor", "-0.5", "", "-1"},
};

TEST(NumericTest, OperationsAnswerAsPostgres) {
  using Unary = std::function<Result<Numeric>(const Numeric&)>;
  using Binary = Result<Numeric> (*)(const Numeric&, const Numeric&);
  const std::map<std::string, Binary> binary = {{"add", Numeric::Add},
                                                {"sub", Numeric::Subtract},
                                                {"mul", Numeric::Multiply},
                                                {"div", Numeric::Divide},
                                                {"idiv", Numeric::DivideTruncate},
                                                {"mod", Numeric::Modulo},
                                                {"gcd", Numeric::Gcd},
                                                {"lcm", Numeric::Lcm},
                                                {"power", Numeric::Power},
                                                {"log", Numeric::Log}};
  const std::map<std::string, Unary> unary = {{"sqrt", Numeric::Sqrt},
                                              {"exp", Numeric::Exp},
                                              {"ln", Numeric::Ln},
                                              {"log10", Numeric::Log10},
                                              {"ceil", [](const Numeric& n) { return n.Ceil(); }},
                                              {"floor", [](const Numeric& n) { return n.Floor(); }},
                                              {"trim", [](const Numeric& n) { return n.TrimScale(); }},
                                              {"int8", [](const Numeric& n) -> Result<Numeric> {
                                                 Result<int64_t> v = n.ToInt64();
                                                 if (!v.ok()) return v.status();
                                                 return Numeric::FromInt64(*v);
                                               }}};
  for (const Operation& o : kOperations) {
    if (auto f = binary.find(o.name); f != binary.end()) {
      EXPECT_EQ(Show(f->second(N(o.a), N(o.b))), o.want) << o.name << " " << o.a << " " << o.b;
    } else {
      EXPECT_EQ(Show(unary.at(o.name)(N(o.a))), o.want) << o.name << " " << o.a;
    }
  }
}

struct Text {
  const char *in, *want, *binary;
};
constexpr Text kTexts[] = {
    {"1e5", "100000", "0001000100000000000a"},
    {"1E-5", "0.00001", "0001fffe0000000503e8"},
    {".5", "0.5", "0001ffff000000011388"},
    {"5.", "5", "00010000000000000005"},
    {"-.5e3", "-500", "000100004000000001f4"},
    {"+7", "7", "00010000000000000007"},
    {" 12 ", "12", "0001000000000000000c"},
    {"1e", "22P02 invalid input syntax for type numeric: \"1e\"", ""},
    {"e1", "22P02 invalid input syntax for type numeric: \"e1\"", ""},
    {"", "22P02 invalid input syntax for type numeric: \"\"", ""},
    {"-", "22P02 invalid input syntax for type numeric: \"-\"", ""},
    {".", "22P02 invalid input syntax for type numeric: \".\"", ""},
    {"1.2.3", "22P02 invalid input syntax for type numeric: \"1.2.3\"", ""},
    {"abc", "22P02 invalid input syntax for type numeric: \"abc\"", ""},
    {"1_000", "22P02 invalid input syntax for type numeric: \"1_000\"", ""},
    {"nan", "NaN", "00000000c0000000"},
    {"-NaN", "22P02 invalid input syntax for type numeric: \"-NaN\"", ""},
    {"inf", "Infinity", "00000000d0000020"},
    {"+Inf", "Infinity", "00000000d0000020"},
    {"-infinity", "-Infinity", "00000000f0000020"},
    {"1e131072", "22003 value overflows numeric format", ""},
    {"1e-16384", "22003 value overflows numeric format", ""},
    {"1e99999999999", "22003 value overflows numeric format", ""},
    {"0e999999", "0", "0000000000000000"},
    {"00012.340", "12.340", "0002000000000003000c0d48"},
    {"-0", "0", "0000000000000000"},
    {"-0.00", "0.00", "0000000000000002"},
    {"1 2", "22P02 invalid input syntax for type numeric: \"1 2\"", ""},
    {"12e2.5", "22P02 invalid input syntax for type numeric: \"12e2.5\"", ""},
    {"0.00012345", "0.00012345", "0002ffff0000000800010929"},
    {"99999999.9999", "99999999.9999", "0003000100000004270f270f270f"},
    {"10000", "10000", "00010001000000000001"},
    {"1000000000000000000", "1000000000000000000", "00010004000000000064"},
    {"-12345678901234567890.123456789", "-12345678901234567890.123456789",
     "000800044000000904d2162e23340d801ed204d2162e2328"},
    {"0.0001", "0.0001", "0001ffff000000040001"},
    {"1234.5678", "1234.5678", "000200000000000404d2162e"},
    {"100000000", "100000000", "00010002000000000001"},
};

TEST(NumericTest, TextAndBinaryInAndOut) {
  for (const Text& t : kTexts) {
    Result<Numeric> parsed = Numeric::Parse(t.in);
    EXPECT_EQ(Show(parsed), t.want) << t.in;
    if (!parsed.ok()) continue;
    std::string bytes;
    parsed->AppendBinary(&bytes);
    EXPECT_EQ(Hex(bytes), t.binary) << t.in;
    Result<Numeric> back = Numeric::FromBinary(bytes);
    ASSERT_TRUE(back.ok()) << t.in;
    EXPECT_EQ(back->ToString(), parsed->ToString());
    EXPECT_EQ(Numeric::FromStored(parsed->ToString()).ToString(), parsed->ToString());
  }
}

TEST(NumericTest, RefusesBrokenBinary) {
  std::string good;
  N("12345.678").AppendBinary(&good);
  for (size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(Numeric::FromBinary(good.substr(0, n)).ok()) << n;
  EXPECT_FALSE(Numeric::FromBinary(good + "x").ok());
  std::string bad_digit = good;
  bad_digit[8] = '\x7f';
  EXPECT_EQ(Show(Numeric::FromBinary(bad_digit)), "22P03 invalid digit in external \"numeric\" value");
  std::string bad_sign = good;
  bad_sign[4] = '\x11';
  EXPECT_EQ(Show(Numeric::FromBinary(bad_sign)), "22P03 invalid sign in external \"numeric\" value");
}

struct Typmod {
  const char* in;
  int precision, scale;
  const char* want;
};
constexpr Typmod kTypmods[] = {
    {"12.345", 5, 2, "12.35"},
    {"12.345", 4, 2, "12.35"},
    {"123.45", 4, 2,
     "22003 numeric field overflow D:A field with precision 4, scale 2 must round to an absolute value le"
     "ss than 10^2."},
    {"999.995", 5, 2,
     "22003 numeric field overflow D:A field with precision 5, scale 2 must round to an absolute value le"
     "ss than 10^3."},
    {"0.0012", 3, 5, "0.00120"},
    {"0.012", 3, 5,
     "22003 numeric field overflow D:A field with precision 3, scale 5 must round to an absolute value le"
     "ss than 10^-2."},
    {"0.00999", 3, 5, "0.00999"},
    {"1250", 3, -2, "1300"},
    {"1250", 2, -2, "1300"},
    {"99950", 3, -2,
     "22003 numeric field overflow D:A field with precision 3, scale -2 must round to an absolute value l"
     "ess than 10^5."},
    {"NaN", 3, 2, "NaN"},
    {"Infinity", 3, 2,
     "22003 numeric field overflow D:A field with precision 3, scale 2 cannot hold an infinite value."},
    {"0", 1, 1, "0.0"},
    {"0.95", 1, 1,
     "22003 numeric field overflow D:A field with precision 1, scale 1 must round to an absolute value less than 1."},
    {"-12.5", 2, 0, "-13"},
    {"1", 1, 1,
     "22003 numeric field overflow D:A field with precision 1, scale 1 must round to an absolute value less than 1."},
};

TEST(NumericTest, TypmodRoundsAndRefuses) {
  for (const Typmod& t : kTypmods) {
    Result<Numeric> r = N(t.in).WithTypmod(((t.precision << 16) | (t.scale & 0x7ff)) + 4);
    EXPECT_EQ(r.ok() ? r->ToString() : Show(r.status()) + " D:" + r.status().error().detail, t.want)
        << t.in << " " << t.precision << "," << t.scale;
  }
}

struct Rounding {
  const char* in;
  int scale;
  const char *round, *trunc;
};
constexpr Rounding kRoundings[] = {
    {"1250", -2, "1300", "1200"},
    {"1249.99", -2, "1200", "1200"},
    {"-1250", -2, "-1300", "-1200"},
    {"2.5", 0, "3", "2"},
    {"3.5", 0, "4", "3"},
    {"-2.5", 0, "-3", "-2"},
    {"2.345", 2, "2.35", "2.34"},
    {"2.345", 5, "2.34500", "2.34500"},
    {"0.5", 0, "1", "0"},
    {"0.49", 0, "0", "0"},
    {"5", -1, "10", "0"},
    {"4", -1, "0", "0"},
    {"5", -2, "0", "0"},
    {"99999999999999999999.5", 0, "100000000000000000000", "99999999999999999999"},
    {"123456789012345678901234567890.123", -10, "123456789012345678900000000000", "123456789012345678900000000000"},
    {"1e-10", 3, "0.000", "0.000"},
};

TEST(NumericTest, RoundAndTruncate) {
  for (const Rounding& r : kRoundings) {
    EXPECT_EQ(N(r.in).Round(r.scale).ToString(), r.round) << r.in << " " << r.scale;
    EXPECT_EQ(N(r.in).Truncate(r.scale).ToString(), r.trunc) << r.in << " " << r.scale;
  }
}

TEST(NumericTest, OrderIsTotalAndStoredFormsCompareAlike) {
  // Ascending; equal neighbours share a row.
  const std::vector<std::vector<std::string>> rows = {{"-Infinity"},
                                                      {"-100000000000000000000"},
                                                      {"-99.90", "-99.9"},
                                                      {"-1"},
                                                      {"-0.01"},
                                                      {"0", "0.000"},
                                                      {"0.0009"},
                                                      {"0.001", "0.00100"},
                                                      {"0.9"},
                                                      {"1", "1.0", "1.00000000000000000000"},
                                                      {"1.00000000000000000001"},
                                                      {"9"},
                                                      {"10"},
                                                      {"99999999999999999999.5"},
                                                      {"100000000000000000000"},
                                                      {"Infinity"},
                                                      {"NaN"}};
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows.size(); ++j) {
      int want = i < j ? -1 : i > j ? 1 : 0;
      for (const std::string& a : rows[i]) {
        for (const std::string& b : rows[j]) {
          EXPECT_EQ(Numeric::Compare(N(a), N(b)), want) << a << " " << b;
          EXPECT_EQ(CompareStoredNumeric(a, b), want) << a << " " << b;
          EXPECT_EQ(StoredNumericKey(a) == StoredNumericKey(b), want == 0) << a << " " << b;
        }
      }
    }
  }
}

TEST(NumericTest, FromAndToDouble) {
  EXPECT_EQ(Numeric::FromDouble(0.1).ToString(), "0.1");
  EXPECT_EQ(Numeric::FromDouble(123456789.123456789).ToString(), "123456789.123457");
  EXPECT_EQ(Numeric::FromDouble(1e20).ToString(), "100000000000000000000");
  EXPECT_EQ(Numeric::FromDouble(1.5e-10).ToString(), "0.00000000015");
  EXPECT_EQ(Numeric::FromFloat(1.1f).ToString(), "1.1");
  EXPECT_EQ(N("0.1").ToDouble(), 0.1);
  EXPECT_EQ(N("123456789012345678901234567890").ToDouble(), 123456789012345678901234567890.0);
  EXPECT_EQ(Show(N("1e400").CastToDouble().status()).substr(0, 7), "22003 \"");
  EXPECT_EQ(Show(N("70000").ToInt16().status()), "22003 smallint out of range");
  EXPECT_EQ(Show(N("3000000000").ToInt32().status()), "22003 integer out of range");
  EXPECT_EQ(Show(N("NaN").ToInt32().status()), "0A000 cannot convert NaN to integer");
}

TEST(NumericTest, FactorialAndBuckets) {
  EXPECT_EQ(Show(Numeric::Factorial(30)), "265252859812191058636308480000000");
  EXPECT_EQ(Show(Numeric::Factorial(-1)), "22003 factorial of a negative number is undefined");
  EXPECT_EQ(Show(Numeric::Factorial(100000)), "22003 value overflows numeric format");
  EXPECT_EQ(*Numeric::WidthBucket(N("5.35"), N("0.024"), N("10.06"), 5), 3);
  EXPECT_EQ(*Numeric::WidthBucket(N("10.06"), N("0.024"), N("10.06"), 5), 6);
  EXPECT_EQ(*Numeric::WidthBucket(N("-1"), N("0"), N("10"), 5), 0);
  EXPECT_EQ(*Numeric::WidthBucket(N("5"), N("10"), N("0"), 5), 3);
  EXPECT_EQ(Show(Numeric::WidthBucket(N("5"), N("1"), N("1"), 5).status()),
            "2201G lower bound cannot equal upper bound");
}

}  // namespace
}  // namespace allod
