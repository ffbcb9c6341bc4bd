import { describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { BackendError } from '../errors';
import { firstAvailable } from './first-available';

const broken = (message: string) => () => Promise.reject(new Error(message));

describe('firstAvailable', () => {
  it('gives the first backend that gets ready, and makes none after it [B13]', async () => {
    const backend = cpu();
    const late = { ...cpu(), whenReady: broken('no device') };
    const made: string[] = [];
    const chosen = await firstAvailable(broken('cannot load'), () => late, () => backend, () => {
      made.push('last');
      return cpu();
    });
    expect(chosen).toBe(backend);
    expect(made).toEqual([]);
  });

  it('says of every backend why it cannot run', async () => {
    const attempt = firstAvailable(broken('no device'), broken('no memory'));
    await expect(attempt).rejects.toThrow(BackendError);
    await expect(attempt).rejects.toThrow(/2 backends.*\n- no device\n- no memory/);
  });
});
