import { ArgumentError, readOptions, ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkModule, Module, type Layer } from '../module';

export interface ResidualOptions {
  /** What the input passes through before it is added, where the body changes the shape: a 1 x 1 convolution, a linear layer. */
  readonly projection?: Layer;
  /** What the sum passes through, such as a ReLU. Default: nothing. */
  readonly activation?: Layer;
}

/**
 * A skip connection around layers: y = g(F(x) + x), so that layers which learn nothing are the identity, and gradients reach the
 * layers before them unchanged. With a projection P, y = g(F(x) + P(x)). He et al., "Deep Residual Learning for Image
 * Recognition", 2016.
 *
 * State: that of the body under `body`, of the projection under `projection`.
 *
 * @example
 * ```ts
 * import { BatchNorm2d, Conv2d, ReLU, Residual, Sequential } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const body = new Sequential(new Conv2d(8, 16, 3, { stride: 2, padding: 1 }), new BatchNorm2d(16));
 * const block = new Residual(body, { projection: new Conv2d(8, 16, 1, { stride: 2 }), activation: new ReLU() });
 * console.log(block.forward(ones([1, 8, 28, 28])).shape); // [1, 16, 14, 14]
 * ```
 */
export class Residual extends Module {
  readonly body: Layer;
  readonly projection: Layer | undefined;
  readonly activation: Layer | undefined;

  /** @param body the layers to skip; one module that takes a tensor and gives one. */
  constructor(body: Layer, options: ResidualOptions = {}) {
    super();
    checkModule('Residual: the body', body);
    if (options instanceof Module) {
      throw new ArgumentError('Residual: give one body and an object of options; put several layers into a Sequential.');
    }
    const { projection, activation } = readOptions('Residual', options, ['projection', 'activation']);
    if (projection !== undefined) checkModule('Residual: the projection', projection);
    if (activation !== undefined) checkModule('Residual: the activation', activation);
    this.body = body;
    this.projection = projection;
    this.activation = activation;
  }

  forward(x: Tensor): Tensor {
    const y = this.body.forward(x);
    const skipped = this.projection ? this.projection.forward(x) : x;
    if (show(y.shape) !== show(skipped.shape)) {
      throw new ShapeError(
        this.projection
          ? `Residual: the body gives ${show(y.shape)} and the projection ${show(skipped.shape)}; they must be equal to be added.`
          : `Residual: the body turns ${show(x.shape)} into ${show(y.shape)}, and these cannot be added. Give a { projection } that does ` +
              'the same to the input, for example a Conv2d with kernel 1 and the stride of the body.',
      );
    }
    const sum = y.add(skipped);
    return this.activation ? this.activation.forward(sum) : sum;
  }
}
