import { Module } from '../module';
import { checkReduction, type LossOptions, type Reduction } from './reduction';

/** The base of losses as modules: options are given once and hold for every call. A subclass hands them to the function. */
export abstract class LossModule<Options extends { readonly reduction?: string } = LossOptions> extends Module {
  /** As given to the constructor. */
  readonly options: Readonly<Options>;

  constructor(options: Options) {
    super();
    this.options = options;
    this.checkOptions(this.constructor.name, options);
  }

  /** Throws ArgumentError for options that no input would fit. A subclass with more than a reduction checks those too. */
  protected checkOptions(loss: string, options: Options): void {
    checkReduction(loss, (options.reduction ?? 'mean') as Reduction);
  }

  override extraRepr(): string {
    const shown = Object.entries(this.options).filter(([, value]) => ['number', 'string', 'boolean'].includes(typeof value));
    return shown.map(([name, value]) => `${name}=${String(value)}`).join(', ');
  }
}
