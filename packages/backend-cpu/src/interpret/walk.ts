/** Steps through an index space in row-major order, keeping a position per operand. */
export class StridedWalk {
  readonly index: number[];
  readonly at: number[];

  constructor(
    private readonly shape: readonly number[],
    private readonly strides: readonly (readonly number[])[],
    private readonly starts: readonly number[],
  ) {
    this.index = new Array<number>(shape.length).fill(0);
    this.at = starts.slice();
  }

  /** Back to the first place, moved by `offsets`. */
  restart(offsets?: readonly number[]): void {
    this.index.fill(0);
    for (let j = 0; j < this.at.length; j++) this.at[j] = this.starts[j]! + (offsets ? offsets[j]! : 0);
  }

  /** To the next place; after the last one it is at the first again. */
  next(): void {
    const { shape, strides, index, at } = this;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) {
        for (let j = 0; j < at.length; j++) at[j]! += strides[j]![axis]!;
        return;
      }
      index[axis] = 0;
      for (let j = 0; j < at.length; j++) at[j]! -= strides[j]![axis]! * (shape[axis]! - 1);
    }
  }
}
