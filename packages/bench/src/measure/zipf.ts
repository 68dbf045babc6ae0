/** The exponent of YCSB. */
const SKEW = 0.99;
/** A prime: neighbours in rank are no neighbours in the order of numbers. */
const SPREAD = 15_485_863;

/** Draws numbers below a count, a few of them much more often than others, as YCSB does: those are spread over all. */
export function zipfian(count: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += 1 / (rank + 1) ** SKEW;
  return () => {
    const wanted = random() * sum;
    let low = 0;
    for (let high = count - 1; low < high;) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return (low * SPREAD) % count;
  };
}
