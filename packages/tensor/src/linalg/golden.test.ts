import { beforeAll, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { argmax, flip, gather, matmul, mean, sign, tensor, use, type Tensor } from '../index';
import { expectClose } from '../testing/close';
import { eigh, svd } from './index';

beforeAll(async () => {
  await use(cpu());
});

/** Columns turned so that the entry of largest absolute value is positive. */
function turned(columns: Tensor): Tensor {
  const largest = gather(columns, 0, argmax(columns.abs(), { dim: 0, keepdim: true }));
  return columns.mul(sign(largest));
}

it('principal components: X is scores times components transposed plus the mean (printed as vector times value) [T12 E27]', async () => {
  const x = tensor([[2.5, 2.4], [0.5, 0.7], [2.2, 2.9], [1.9, 2.2], [3.1, 3.0]], { dtype: 'float64' });
  const center = mean(x, { dim: 0 });
  await expectClose(center, [2.04, 2.24]);
  const centered = x.sub(center);
  const { values, vectors } = eigh(matmul(centered.transpose(), centered).div(4));
  const variances = flip(values);
  const components = turned(flip(vectors, 1));
  await expectClose(variances, [1.737073823, 0.05392617674], 1e-8);
  await expectClose(components, [[0.7247415471, -0.6890208197], [0.6890208197, 0.7247415471]], 1e-8);
  await expectClose(variances.div(variances.sum()), [0.9698904652, 0.03010953475], 1e-8);
  const scores = matmul(centered, components);
  await expectClose(
    scores,
    [
      [0.4436244428, -0.2009909295], [-2.177194045, -0.05500992027], [0.5707123885, 0.3680860899], [-0.1290246494, 0.06747325287],
      [1.291881863, -0.179558493],
    ],
    1e-8,
  );
  const first = matmul(scores.index(null, [0, 1]), components.index(null, [0, 1]).transpose()).add(center);
  await expectClose(
    first,
    [
      [2.361513065, 2.545666477], [0.4620970196, 0.7398679747], [2.453618979, 2.633232718], [1.946490476, 2.15109933],
      [2.97628046, 3.1301335],
    ],
    1e-8,
  );
  await expectClose(matmul(scores, components.transpose()).add(center), await x.array(), 1e-12);
  // The same by singular values of the centred data.
  const { s, vh } = svd(centered);
  await expectClose(s.square().div(4), [1.737073823, 0.05392617674], 1e-8);
  await expectClose(turned(vh.transpose()), await components.array(), 1e-12);
});
