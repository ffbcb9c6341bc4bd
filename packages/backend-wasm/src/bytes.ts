/** A byte string that grows, with the number encodings of the WebAssembly binary format. */
export class Bytes {
  #data = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#data.length) return;
    const data = new Uint8Array(Math.max(needed, this.#data.length * 2));
    data.set(this.view());
    this.#data = data;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#data[this.#length++] = value;
  }

  /** Unsigned LEB128 of a number below 2^32. */
  uleb(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#data[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#data[this.#length++] = rest;
  }

  /** Signed LEB128 of a 32-bit integer. */
  sleb(value: number): void {
    this.#reserve(5);
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
      this.#data[this.#length++] = done ? low : low | 0x80;
      if (done) return;
    }
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  f32(value: number): void {
    this.append(new Uint8Array(new Float32Array([value]).buffer));
  }

  f64(value: number): void {
    this.append(new Uint8Array(new Float64Array([value]).buffer));
  }

  /** A length-prefixed UTF-8 name. */
  name(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.uleb(encoded.length);
    this.append(encoded);
  }

  /** A section or other block preceded by its length in bytes. */
  sized(content: Bytes): void {
    this.uleb(content.length);
    this.append(content.view());
  }
}
