/**
 * Milliseconds by a clock that nobody sets: it only ever goes on. For waiting; what is told to somebody, and
 * how old a file is, goes by the other one.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
