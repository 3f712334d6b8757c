#include "base/value.h"

#include <gtest/gtest.h>

#include <set>

namespace allod {
namespace {

TEST(ValueTest, OrderIsTotalAndBitwise) {
  const std::vector<Value> ascending = {Value::Null(),       Value::Integer(-1),  Value::Integer(0),
                                        Value::Real(-1.5),   Value::Real(-0.0),   Value::Real(0.0),
                                        Value::Real(2.0),    Value::Text(""),     Value::Text("1.1"),
                                        Value::Text("1.10"), Value::Blob("\xff"), Value::Blob("\xff\x01")};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(ascending[i] < ascending[j], i < j) << i << " " << j;
      EXPECT_EQ(ascending[i] == ascending[j], i == j) << i << " " << j;
    }
  }
  EXPECT_EQ(std::set<Value>(ascending.begin(), ascending.end()).size(), ascending.size());
}

TEST(ValueTest, ViewsRoundTrip) {
  for (const Value& v : {Value::Null(), Value::Bool(true), Value::Real(0.5), Value::Text("x"), Value::Blob("y")}) {
    EXPECT_EQ(Value(v.view()), v);
  }
}

}  // namespace
}  // namespace allod
