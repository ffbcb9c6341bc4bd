/** The learning rates of a run: what sets them and when, and what of it a checkpoint holds. */
import type { PlateauState, ReduceLROnPlateau, Schedule, Scheduled } from '@cotangent/optimizers';
import { ArgumentError } from '@cotangent/tensor';
import { figure, type EpochRecord } from './history';

/** What sets the rates in `fit`: a schedule, counted in epochs or updates, or a figure that no longer improves. */
export type RateSchedule =
  | Schedule
  | ReduceLROnPlateau
  | { readonly schedule: Schedule; readonly every: 'epoch' | 'step' }
  | { readonly schedule: ReduceLROnPlateau; readonly monitor: string };

export interface RatesState {
  /** The rates from which a schedule starts. */
  readonly bases: readonly number[];
  readonly plateau: PlateauState | undefined;
}

export class Rates {
  private readonly schedule: Schedule | undefined;
  private readonly perStep: boolean;
  private readonly plateau: ReduceLROnPlateau | undefined;
  private readonly monitor: string;
  private bases: readonly number[];

  /** @throws ArgumentError for a plateau of another optimiser, and for a figure of validation data that there is not. */
  constructor(private readonly groups: readonly Scheduled[], given: RateSchedule | undefined, validated: boolean) {
    const { schedule, every, monitor } = read(given);
    this.schedule = typeof schedule === 'function' ? schedule : undefined;
    this.plateau = typeof schedule === 'object' ? schedule : undefined;
    this.perStep = every === 'step';
    this.monitor = monitor ?? (validated ? 'validation.loss' : 'loss');
    this.bases = groups.map(({ lr }) => lr);
    if (this.plateau && this.plateau.groups !== groups) {
      throw new ArgumentError('fit: schedule lowers the rates of another optimiser; make it as new ReduceLROnPlateau(optimizer).');
    }
    if (this.plateau && this.monitor.startsWith('validation.') && !validated) {
      throw new ArgumentError(`fit: schedule watches '${this.monitor}', but there is no validation data.`);
    }
  }

  /** @param done whole epochs so far. */
  beforeEpoch(done: number): void {
    if (!this.perStep) this.set(done);
  }

  /** @param done updates so far. */
  beforeUpdate(done: number): void {
    if (this.perStep) this.set(done);
  }

  afterEpoch(record: EpochRecord): void {
    this.plateau?.step(figure(record, this.monitor, 'schedule'));
  }

  state(): RatesState {
    return { bases: this.bases, plateau: this.plateau?.state() };
  }

  /** Goes on from a checkpoint; a plateau that was not there when it was saved starts afresh. */
  restore({ bases, plateau }: RatesState): void {
    this.bases = bases;
    if (plateau) this.plateau?.restore(plateau);
  }

  private set(count: number): void {
    const { schedule } = this;
    if (!schedule) return;
    this.groups.forEach((group, i) => {
      group.lr = schedule(count, this.bases[i]!);
      if (schedule.momentum) group.momentum = schedule.momentum(count);
    });
  }
}

interface ReadSchedule {
  readonly schedule?: Schedule | ReduceLROnPlateau;
  readonly every?: 'epoch' | 'step';
  readonly monitor?: string;
}

function read(given: RateSchedule | undefined): ReadSchedule {
  if (typeof given === 'function') return { schedule: given };
  return given && 'step' in given ? { schedule: given } : (given ?? {});
}
