/** Options that every layer with parameters understands. */
import type { DType, Generator } from '@cotangent/tensor';

export interface FactoryOptions {
  /** Element type of parameters and buffers. Default float32; float64 needs the cpu backend. */
  readonly dtype?: DType;
  /** Where initial values are drawn from. Default: the default generator, restarted by `manualSeed`. */
  readonly generator?: Generator;
}

export const FACTORY_OPTIONS = ['dtype', 'generator'] as const;
