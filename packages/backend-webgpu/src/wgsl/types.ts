/** The WGSL types in which elements are computed with. */
import { DTypeError, type DType } from '@cotangent/tensor';

export type WgslType = 'f32' | 'i32' | 'u32' | 'bool';

/** float16 is computed with as float32, uint8 as uint32. */
export function typeOf(dtype: DType): WgslType {
  switch (dtype) {
    case 'float32':
    case 'float16':
      return 'f32';
    case 'int32':
      return 'i32';
    case 'uint32':
    case 'uint8':
      return 'u32';
    case 'bool':
      return 'bool';
    case 'float64':
      throw new DTypeError('webgpu: GPUs have no float64 in WebGPU. Use the cpu backend for float64, or .cast("float32") first.');
  }
}

/** The value below or equal to every other one. */
export function lowest(dtype: DType): number {
  return typeOf(dtype) === 'f32' ? -Infinity : dtype === 'int32' ? -2147483648 : 0;
}

/** The value above or equal to every other one. */
export function highest(dtype: DType): number {
  if (typeOf(dtype) === 'f32') return Infinity;
  return dtype === 'int32' ? 2147483647 : dtype === 'uint32' ? 4294967295 : dtype === 'uint8' ? 255 : 1;
}
