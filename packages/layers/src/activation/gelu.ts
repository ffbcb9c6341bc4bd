import { ArgumentError, gelu, readOptions, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * The Gaussian error linear unit x * Phi(x), where Phi is the distribution function of the standard normal. Hendrycks and
 * Gimpel, "Gaussian Error Linear Units", 2016. The 'tanh' form is the approximation
 * x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) that GPT-2 was trained with.
 *
 * @example
 * ```ts
 * import { GELU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new GELU().forward(tensor([-1, 0, 1])).array()); // [-0.1586..., 0, 0.8413...]
 * ```
 */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  /** @param options approximate: 'none' (default) or 'tanh'. */
  constructor(options: { readonly approximate?: 'none' | 'tanh' } = {}) {
    super();
    const { approximate = 'none' } = readOptions('GELU', options, ['approximate']);
    if (!['none', 'tanh'].includes(approximate)) {
      throw new ArgumentError(`GELU: approximate is '${approximate}'; expected 'none' or 'tanh'.`);
    }
    this.approximate = approximate;
  }

  override extraRepr(): string {
    return `approximate=${this.approximate}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('GELU', x);
    return gelu(x, { approximate: this.approximate });
  }
}
