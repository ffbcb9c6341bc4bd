import { channelShuffle, type Tensor } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { Module } from '../module';

/**
 * The channels of [batch, channels, ...places] dealt out anew, one of every group in turn, so that the next grouped convolution sees
 * channels of all groups. Zhang et al., "ShuffleNet", 2018.
 *
 * @example
 * ```ts
 * import { ChannelShuffle } from '@cotangent/layers';
 * import { arange } from '@cotangent/tensor';
 * console.log(await new ChannelShuffle(2).forward(arange(4).reshape(1, 4, 1)).flatten().array()); // [0, 2, 1, 3]
 * ```
 */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    this.groups = checkWhole('ChannelShuffle', 'groups', groups, 1);
  }

  override extraRepr(): string {
    return `groups=${this.groups}`;
  }

  forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }
}
