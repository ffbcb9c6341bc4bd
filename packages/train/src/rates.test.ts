import { cpu } from '@cotangent/backend-cpu';
import { ReduceLROnPlateau, SGD } from '@cotangent/optimizers';
import { ArgumentError, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit, type FitOptions } from './index';
import { batch, line, meanProduct } from './testing/problems';

beforeAll(async () => {
  await use(cpu());
});

/** The rates of four epochs of one update. The loss falls with every one; over data of zeros it stays where it is. */
async function rates(options: Partial<FitOptions> = {}, monitor?: string): Promise<number[]> {
  const model = line(1);
  const optimizer = new SGD(model.parameters(), { lr: 1 });
  const plateau = new ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 0 });
  const schedule = monitor === undefined ? plateau : { schedule: plateau, monitor };
  const history = await fit(model, { train: [batch(1)], loss: meanProduct, optimizer, epochs: 4, schedule, ...options });
  return history.epochs.map(({ lr }) => lr);
}

describe('a plateau as the schedule of fit', () => {
  it('lowers the rate when the validation loss, else the loss, else a figure by name no longer improves [O25]', async () => {
    const validation = [batch(0)];
    expect(await rates()).toEqual([1, 1, 1, 1]);
    expect(await rates({ validation })).toEqual([1, 1, 0.5, 0.25]);
    expect(await rates({ validation }, 'loss')).toEqual([1, 1, 1, 1]);
    expect(await rates({ metrics: { same: (output: Tensor) => output.mul(0).mean() } }, 'same')).toEqual([1, 1, 0.5, 0.25]);
  });

  it('is refused where it watches a figure that is not there', async () => {
    await expect(rates({}, 'validation.loss')).rejects.toThrow(/schedule watches 'validation.loss', but there is no validation data/);
    await expect(rates({}, 'precision')).rejects.toThrow(/schedule: there is no figure 'precision' to monitor; expected one of loss/);
  });

  it('is refused where it lowers the rates of another optimiser', async () => {
    const failed = rates({ schedule: new ReduceLROnPlateau(new SGD(line(1).parameters(), { lr: 1 })) });
    await expect(failed).rejects.toThrow(ArgumentError);
    await expect(failed).rejects.toThrow(/the rates of another optimiser/);
  });
});
