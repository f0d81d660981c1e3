/** Sweeps after which the rest off the diagonal is rounding. */
const MOST_SWEEPS = 60;

/** The eigenvalues of a symmetric matrix, greatest first, with their vectors. */
export interface Eigen {
  readonly values: Float64Array;
  /** vectors[k] is the unit vector of values[k]. */
  readonly vectors: readonly Float64Array[];
}

/**
 * The eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, "Matrix Computations",
 * section 8.5): slower than other ways for large matrices, and as exact as can be for those of some dozens of rows.
 *
 * @param matrix n rows of n numbers; only the lower triangle is read.
 *
 * @example
 * ```ts
 * symmetricEigen([[2, 0], [1, 2]]).values[0]; // 3
 * ```
 */
export function symmetricEigen(matrix: readonly ArrayLike<number>[]): Eigen {
  const n = matrix.length;
  const a = matrix.map((_, i) => Float64Array.from({ length: n }, (__, j) => matrix[Math.max(i, j)][Math.min(i, j)]));
  const v = a.map((_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  const scale = a.reduce((sum, row) => sum + row.reduce((part, x) => part + x * x, 0), 0);
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a) > 1e-30 * scale; sweep++) {
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
  }
  const order = Array.from({ length: n }, (_, k) => k).sort((x, y) => a[y][y] - a[x][x]);
  return {
    values: Float64Array.from(order, (k) => a[k][k]),
    vectors: order.map((k) => v.map((row) => row[k])).map((vector) => Float64Array.from(vector)),
  };
}

function offDiagonal(a: readonly Float64Array[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) for (let j = 0; j < i; j++) sum += a[i][j] ** 2;
  return sum;
}

/** Turns the plane of p and q so that a[p][q] vanishes. */
function rotate(a: readonly Float64Array[], v: readonly Float64Array[], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k][p], a[k][q]];
    a[k][p] = c * x - s * y;
    a[k][q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[p][k], a[q][k]];
    a[p][k] = c * x - s * y;
    a[q][k] = s * x + c * y;
  }
  for (const row of v) {
    const [x, y] = [row[p], row[q]];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
}
