/** Element types. */
import type { DType } from '@cotangent/tensor';

/** Types that slots may have. */
export const SUPPORTED: readonly DType[] = ['float32', 'int32', 'uint32', 'bool', 'uint8', 'float16'];
/** Types that kernels compute in. */
export const COMPUTE: readonly DType[] = ['float32', 'int32', 'uint32', 'bool', 'uint8'];
