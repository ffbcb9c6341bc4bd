/** Bending images a little. */

/** How an image is changed, about its middle. */
export interface Bend {
  /** Factors: 0.8 makes the image narrower or lower. */
  readonly width: number;
  readonly height: number;
  /** How far the upper edge moves right and the lower one left, as a part of half the height. */
  readonly slant: number;
  /** Pixels right and down. */
  readonly dx: number;
  readonly dy: number;
}

/** The square image, bent: a new array. What comes in from outside is paper (0); between pixels it is bilinear. */
export function warp(image: ArrayLike<number>, side: number, { width, height, slant, dx, dy }: Bend): Float32Array {
  const bent = new Float32Array(side * side);
  const middle = (side - 1) / 2;
  const at = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= side || column >= side ? 0 : image[row * side + column]!;
  for (let row = 0; row < side; row++) {
    const y = (row - middle - dy) / height;
    const top = Math.floor(y + middle);
    const down = y + middle - top;
    for (let column = 0; column < side; column++) {
      const x = (column - middle - dx + slant * y) / width + middle;
      const left = Math.floor(x);
      const right = x - left;
      bent[row * side + column] =
        (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
        down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
    }
  }
  return bent;
}
