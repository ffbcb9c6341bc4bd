import { cpu } from '@cotangent/backend-cpu';
import { conv2d, maxPool2d, parameter, rand, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import {
  AvgPool2d, BatchNorm2d, Conv1d, Conv2d, Flatten, Linear, LSTM, MaxPool2d, Module, ReLU, Residual, Sequential, summary, Concat,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const fields = (model: Module, shape: number[]): unknown[] => summary(model, shape).rows.map((r) => r.receptiveField);

test('multiply-adds of an inception bottleneck: 120 million directly, 12.4 million through 16 channels', () => {
  const direct = summary(new Conv2d(192, 32, 5, { padding: 'same' }), [1, 192, 28, 28]);
  expect(direct.multiplyAdds).toBe(120_422_400);
  expect(direct.parameters).toBe(153_632);
  const bottleneck = new Sequential(new Conv2d(192, 16, 1), new Conv2d(16, 32, 5, { padding: 'same' }));
  const { rows, multiplyAdds } = summary(bottleneck, [1, 192, 28, 28]);
  expect(rows.map((r) => r.multiplyAdds)).toEqual([0, 2_408_448, 10_035_200]);
  expect(multiplyAdds).toBe(12_443_648);
});

test('receptive fields grow by (k - 1) times the strides before: three 3 x 3 see as much as one 7 x 7 [R48]', () => {
  const conv = (stride = 1): Conv2d => new Conv2d(4, 4, 3, { stride, bias: false });
  expect(fields(new Sequential(conv(), new ReLU(), conv(), conv()), [1, 4, 32, 32])).toEqual([[1, 1], [3, 3], [3, 3], [5, 5], [7, 7]]);
  const strided = new Sequential(conv(2), new BatchNorm2d(4), new MaxPool2d(2), conv(), new AvgPool2d(2));
  expect(fields(strided, [1, 4, 64, 64])).toEqual([[1, 1], [3, 3], [3, 3], [5, 5], [13, 13], [17, 17]]);
  const dilated = new Sequential(new Conv1d(1, 1, 3, { dilation: 4 }), new Conv1d(1, 1, 3));
  expect(fields(dilated, [1, 1, 32])).toEqual([[1], [9], [11]]);
});

test('branches take the larger field, functions between layers count, and what sees everything ends it', () => {
  class Net extends Module {
    a = new Conv2d(1, 2, 3, { padding: 1 });
    b = new Conv2d(1, 2, 5, { padding: 2 });
    c = new Conv2d(4, 2, 3);
    out = new Linear(2 * 6 * 6, 3);
    forward(x: Tensor): Tensor {
      const both = new Concat([this.a, this.b]).forward(x).relu();
      return this.out.forward(this.c.forward(maxPool2d(both, 2)).flatten(1));
    }
  }
  expect(fields(new Net(), [1, 1, 16, 16])).toEqual([[1, 1], [3, 3], [5, 5], [10, 10], undefined]);
  const residual = new Sequential(new Residual(new Conv2d(1, 1, 3, { padding: 1 })), new Conv2d(1, 1, 3));
  expect(fields(residual, [1, 1, 8, 8])).toEqual([[1, 1], [3, 3], [5, 5]]);
});

test('a convolution by hand between layers is counted, and its field is not guessed', () => {
  class Net extends Module {
    kernel = parameter(rand([2, 1, 3, 3]));
    after = new Conv2d(2, 1, 1);
    forward(x: Tensor): Tensor {
      return this.after.forward(conv2d(x, this.kernel));
    }
  }
  const { rows, multiplyAdds } = summary(new Net(), [1, 1, 4, 4]);
  expect(multiplyAdds).toBe(4 * 2 * 9 + 4 * 2);
  expect(rows.find((r) => r.name === 'after')).toMatchObject({ multiplyAdds: 8, receptiveField: undefined });
});

test('loops hide what they cost', () => {
  const { rows, multiplyAdds } = summary(new LSTM(3, 4), [5, 1, 3]);
  expect(rows[1]).toMatchObject({ outputShape: [5, 1, 4], multiplyAdds: undefined });
  expect(multiplyAdds).toBeUndefined();
});

test('the columns are printed on request [L62]', () => {
  const net = new Sequential(new Conv2d(1, 2, 3), new Flatten(), new Linear(72, 3));
  expect(String(summary(net, [1, 1, 8, 8], { columns: ['receptiveField', 'multiplyAdds'] }))).toBe(
    [
      'Sequential',
      '----------------------------------------------------------------------------------',
      'layer        output shape  activations  parameters  receptive field  multiply-adds',
      '----------------------------------------------------------------------------------',
      'input        [1, 1, 8, 8]           64           0           [1, 1]              0',
      '0 (Conv2d)   [1, 2, 6, 6]           72          20           [3, 3]            648',
      '1 (Flatten)  [1, 72]                72           0                               0',
      '2 (Linear)   [1, 3]                  3         219                             216',
      '----------------------------------------------------------------------------------',
      '239 parameters: 239 trainable, 0 frozen; 864 multiply-adds',
    ].join('\n'),
  );
});
