/** Tails of the normal and the chi-square distribution, with relative accuracy far out. */

export const Z95: f64 = 1.9599639845400542
export const CHI95: f64 = 3.8414588206941254
const LN10: f64 = 2.302585092994046
const HALF_LN_2PI: f64 = 0.9189385332046727

/** log Γ(x), x > 0: Stirling's series after moving up to x >= 16. */
export function logGamma(x: f64): f64 {
  let shift: f64 = 0
  while (x < 16) {
    shift += Math.log(x)
    x += 1
  }
  const q = 1 / (x * x)
  const series = (1.0 / 12 - q * (1.0 / 360 - q * (1.0 / 1260 - q * (1.0 / 1680 - q / 1188)))) / x
  return (x - 0.5) * Math.log(x) - x + HALF_LN_2PI + series - shift
}

/** log of the upper regularised incomplete gamma function Q(a, x): series below a + 1, continued fraction above. */
export function logQ(a: f64, x: f64): f64 {
  if (!(x > 0)) return x == 0 ? 0 : NaN
  if (x == Infinity) return -Infinity
  const front = a * Math.log(x) - x - logGamma(a)
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let k = 1; k < 1000 && term > sum * 1e-17; k++) {
      term *= x / (a + k)
      sum += term
    }
    return Math.log1p(-sum * Math.exp(front))
  }
  let b = x + 1 - a
  let c: f64 = 1e300
  let d = 1 / b
  let h = d
  for (let k = 1; k < 1000; k++) {
    const an = -(<f64>k) * (<f64>k - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    const step = d * c
    h *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return front + Math.log(h)
}

/** P(chi-square with `df` degrees > x), as a natural logarithm. */
export function logChi2(x: f64, df: f64): f64 {
  return logQ(df / 2, Math.max(x, 0) / 2)
}

/** P(|Z| > |z|), as a natural logarithm. */
export function logNormal2(z: f64): f64 {
  return logQ(0.5, (z * z) / 2)
}

export function log10Of(natural: f64): f64 {
  return natural / LN10
}

export function logistic(eta: f64): f64 {
  if (eta >= 0) return 1 / (1 + Math.exp(-eta))
  const e = Math.exp(eta)
  return e / (1 + e)
}
