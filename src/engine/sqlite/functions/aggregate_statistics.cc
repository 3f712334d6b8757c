// Variance, standard deviation, correlation, regression.
#include <algorithm>
#include <utility>

#include "engine/sqlite/functions/aggregate.h"
#include "engine/sqlite/functions/exact_sum.h"

namespace allod::engine::sqlite {
namespace {

enum class Deviation { kVariance, kStandard };
enum class Of { kPopulation, kSample };

// --- exact: numeric_stddev_internal ---

struct NumericSquares {
  ExactSum sum, squares;

  void Change(const Call& call, int sign) {
    std::string text;
    std::string_view stored;
    if (sqlite3_value_type(call.value(0)) == SQLITE_INTEGER) stored = text = std::to_string(call.integer(0));
    else stored = call.bytes(0);
    Numeric v = Numeric::FromStored(stored);
    Result<Numeric> square = Numeric::Multiply(v, v);
    std::string square_text = square.ok() ? square->ToString() : "NaN";
    if (sign > 0) {
      sum.Add(stored);
      squares.Add(square_text);
    } else {
      sum.Remove(stored);
      squares.Remove(square_text);
    }
  }
};

Result<Numeric> NumericDeviation(const NumericSquares& s, Deviation deviation, Of of) {
  ALLOD_ASSIGN_OR_RETURN(Numeric sum, s.sum.Total());
  ALLOD_ASSIGN_OR_RETURN(Numeric squares, s.squares.Total());
  if (!sum.is_finite() || !squares.is_finite()) return Numeric::NaN();
  Numeric n = Numeric::FromInt64(s.sum.count());
  ALLOD_ASSIGN_OR_RETURN(Numeric left, Numeric::Multiply(n, squares));
  ALLOD_ASSIGN_OR_RETURN(Numeric right, Numeric::Multiply(sum, sum));
  ALLOD_ASSIGN_OR_RETURN(Numeric numerator, Numeric::Subtract(left, right));
  if (numerator.sign() <= 0) return Numeric();  // one value, or all the same
  ALLOD_ASSIGN_OR_RETURN(Numeric divisor,
                         Numeric::Multiply(n, Numeric::FromInt64(s.sum.count() - (of == Of::kSample ? 1 : 0))));
  ALLOD_ASSIGN_OR_RETURN(Numeric variance, Numeric::Divide(numerator, divisor));
  if (deviation == Deviation::kVariance) return variance;
  // The root has at least the argument's digits: some more, so that it is not rounded twice.
  constexpr int kGuardDigits = 40;
  ALLOD_ASSIGN_OR_RETURN(Numeric root, Numeric::Sqrt(variance.Round(variance.scale() + kGuardDigits)));
  return root.Round(variance.scale());
}
template <Deviation kDeviation, Of kOf>
void GiveNumeric(Call& call, const NumericSquares& s) {
  if (s.sum.count() < (kOf == Of::kSample ? 2 : 1)) return;
  call.Give(NumericDeviation(s, kDeviation, kOf));
}

// --- floating point: Youngs and Cramer's recurrences, as PostgreSQL; see Frame for window frames that move ---

struct RunningSquares {
  double n = 0, sx = 0, sxx = 0;
  bool overflow = false;

  void Add(double v) {
    double before = sx;
    n += 1;
    sx += v;
    if (n > 1) {
      double t = v * n - sx;
      sxx += t * t / (n * (n - 1));
      if (std::isinf(sx) || std::isinf(sxx)) {
        if (!std::isinf(before) && !std::isinf(v)) overflow = true;
        sxx = NAN;
      }
    } else if (std::isinf(v)) {
      sxx = NAN;
    }
  }
};

struct FloatSquares {
  RunningSquares running;
  double n = 0;
  bool moved = false;
  Frame<double> frame;
  ExactFloatSum sum, squares;

  void Change(const Call& call, int sign) {
    double v = call.real(0);
    n += sign;
    squares.AddProduct(v, v, sign);
    if (sign > 0) {
      sum.Add(v);
      frame.Add(v);
      if (!moved) running.Add(v);
    } else {
      sum.Remove(v);
      frame.RemoveFirst();
      moved = true;
    }
  }
  RunningSquares Total() const {
    if (!moved) return running;
    RunningSquares total;
    if (frame.whole()) {
      for (double v : frame.rows()) total.Add(v);
      return total;
    }
    __float128 x = sum.Total();
    total.n = n;
    total.sxx = std::max(static_cast<double>(squares.Total() - x * x / n), 0.0);
    return total;
  }
};
template <Deviation kDeviation, Of kOf>
void GiveFloat(Call& call, const FloatSquares& s) {
  if (s.n < (kOf == Of::kSample ? 2 : 1)) return;
  RunningSquares total = s.Total();
  if (total.overflow) return call.Fail(sqlstate::kNumericValueOutOfRange, "value out of range: overflow");
  double r = total.sxx / (kOf == Of::kSample ? s.n - 1 : s.n);
  call.Real(kDeviation == Deviation::kStandard ? std::sqrt(r) : r);
}

// --- two variables: f(Y, X) ---

struct RunningPairs {
  double n = 0, sx = 0, sxx = 0, sy = 0, syy = 0, sxy = 0;
  bool overflow = false;

  void Add(double vy, double vx) {
    double before_x = sx, before_y = sy;
    n += 1;
    sx += vx;
    sy += vy;
    if (n > 1) {
      double tx = vx * n - sx, ty = vy * n - sy, scale = 1 / (n * (n - 1));
      sxx += tx * tx * scale;
      syy += ty * ty * scale;
      sxy += tx * ty * scale;
      if (std::isinf(sx) || std::isinf(sxx) || std::isinf(sy) || std::isinf(syy) || std::isinf(sxy)) {
        bool x_was = std::isinf(before_x) || std::isinf(vx), y_was = std::isinf(before_y) || std::isinf(vy);
        if (((std::isinf(sx) || std::isinf(sxx)) && !x_was) || ((std::isinf(sy) || std::isinf(syy)) && !y_was) ||
            (std::isinf(sxy) && !x_was && !y_was)) {
          overflow = true;
        }
        if (std::isinf(sxx)) sxx = NAN;
        if (std::isinf(syy)) syy = NAN;
        if (std::isinf(sxy)) sxy = NAN;
      }
    } else {
      if (std::isinf(vx)) sxx = sxy = NAN;
      if (std::isinf(vy)) syy = sxy = NAN;
    }
  }
};

struct Pairs {
  RunningPairs running;
  double n = 0;
  bool moved = false;
  Frame<std::pair<double, double>> frame;
  ExactFloatSum x, xx, y, yy, xy;

  void Change(const Call& call, int sign) {
    double vy = call.real(0), vx = call.real(1);
    n += sign;
    xx.AddProduct(vx, vx, sign);
    yy.AddProduct(vy, vy, sign);
    xy.AddProduct(vx, vy, sign);
    if (sign > 0) {
      x.Add(vx);
      y.Add(vy);
      frame.Add({vy, vx});
      if (!moved) running.Add(vy, vx);
    } else {
      x.Remove(vx);
      y.Remove(vy);
      frame.RemoveFirst();
      moved = true;
    }
  }
  RunningPairs Total() const {
    if (!moved) return running;
    RunningPairs total;
    if (frame.whole()) {
      for (const auto& [vy, vx] : frame.rows()) total.Add(vy, vx);
      return total;
    }
    __float128 tx = x.Total(), ty = y.Total();
    total.n = n;
    total.sx = static_cast<double>(tx);
    total.sy = static_cast<double>(ty);
    total.sxx = std::max(static_cast<double>(xx.Total() - tx * tx / n), 0.0);
    total.syy = std::max(static_cast<double>(yy.Total() - ty * ty / n), 0.0);
    total.sxy = static_cast<double>(xy.Total() - tx * ty / n);
    return total;
  }
};

enum class Pair { kCorr, kCovarPop, kCovarSamp, kAvgX, kAvgY, kIntercept, kR2, kSlope, kSxx, kSxy, kSyy };
template <Pair kPair>
void GivePair(Call& call, const Pairs& s) {
  if (s.n < (kPair == Pair::kCovarSamp ? 2 : 1)) return;
  RunningPairs m = s.Total();
  if (m.overflow) return call.Fail(sqlstate::kNumericValueOutOfRange, "value out of range: overflow");
  switch (kPair) {
    case Pair::kCorr:
      if (m.sxx == 0 || m.syy == 0) return;
      return call.Real(m.sxy / std::sqrt(m.sxx * m.syy));
    case Pair::kCovarPop: return call.Real(m.sxy / m.n);
    case Pair::kCovarSamp: return call.Real(m.sxy / (m.n - 1));
    case Pair::kAvgX: return call.Real(m.sx / m.n);
    case Pair::kAvgY: return call.Real(m.sy / m.n);
    case Pair::kIntercept:
      if (m.sxx == 0) return;
      return call.Real((m.sy - m.sx * m.sxy / m.sxx) / m.n);
    case Pair::kR2:
      if (m.sxx == 0) return;
      if (m.syy == 0) return call.Real(1);
      return call.Real(m.sxy * m.sxy / (m.sxx * m.syy));
    case Pair::kSlope:
      if (m.sxx == 0) return;
      return call.Real(m.sxy / m.sxx);
    case Pair::kSxx: return call.Real(m.sxx);
    case Pair::kSxy: return call.Real(m.sxy);
    case Pair::kSyy: return call.Real(m.syy);
  }
}
void GiveCount(Call& call, const Pairs& s) { call.Integer(static_cast<int64_t>(s.n)); }

constexpr auto kVar = Deviation::kVariance;
constexpr auto kStd = Deviation::kStandard;
constexpr Aggregate kAggregates[] = {
    MakeAggregate<NumericSquares, GiveNumeric<kVar, Of::kPopulation>>("pg_var_pop_numeric", 1),
    MakeAggregate<NumericSquares, GiveNumeric<kVar, Of::kSample>>("pg_var_samp_numeric", 1),
    MakeAggregate<NumericSquares, GiveNumeric<kStd, Of::kPopulation>>("pg_stddev_pop_numeric", 1),
    MakeAggregate<NumericSquares, GiveNumeric<kStd, Of::kSample>>("pg_stddev_samp_numeric", 1),
    MakeAggregate<NumericSquares, GiveNumeric<kVar, Of::kPopulation>>("pg_var_pop_int", 1),
    MakeAggregate<NumericSquares, GiveNumeric<kVar, Of::kSample>>("pg_var_samp_int", 1),
    MakeAggregate<NumericSquares, GiveNumeric<kStd, Of::kPopulation>>("pg_stddev_pop_int", 1),
    MakeAggregate<NumericSquares, GiveNumeric<kStd, Of::kSample>>("pg_stddev_samp_int", 1),
    MakeAggregate<FloatSquares, GiveFloat<kVar, Of::kPopulation>>("pg_var_pop_float8", 1),
    MakeAggregate<FloatSquares, GiveFloat<kVar, Of::kSample>>("pg_var_samp_float8", 1),
    MakeAggregate<FloatSquares, GiveFloat<kStd, Of::kPopulation>>("pg_stddev_pop_float8", 1),
    MakeAggregate<FloatSquares, GiveFloat<kStd, Of::kSample>>("pg_stddev_samp_float8", 1),
    MakeAggregate<Pairs, GivePair<Pair::kCorr>>("pg_corr", 2),
    MakeAggregate<Pairs, GivePair<Pair::kCovarPop>>("pg_covar_pop", 2),
    MakeAggregate<Pairs, GivePair<Pair::kCovarSamp>>("pg_covar_samp", 2),
    MakeAggregate<Pairs, GivePair<Pair::kAvgX>>("pg_regr_avgx", 2),
    MakeAggregate<Pairs, GivePair<Pair::kAvgY>>("pg_regr_avgy", 2),
    MakeAggregate<Pairs, GivePair<Pair::kIntercept>>("pg_regr_intercept", 2),
    MakeAggregate<Pairs, GivePair<Pair::kR2>>("pg_regr_r2", 2),
    MakeAggregate<Pairs, GivePair<Pair::kSlope>>("pg_regr_slope", 2),
    MakeAggregate<Pairs, GivePair<Pair::kSxx>>("pg_regr_sxx", 2),
    MakeAggregate<Pairs, GivePair<Pair::kSxy>>("pg_regr_sxy", 2),
    MakeAggregate<Pairs, GivePair<Pair::kSyy>>("pg_regr_syy", 2),
    MakeAggregate<Pairs, GiveCount>("pg_regr_count", 2),
};

}  // namespace

std::span<const Aggregate> StatisticsAggregates() { return kAggregates; }

}  // namespace allod::engine::sqlite
