/** Moving an optimiser along a schedule. */
import { ArgumentError, StateError } from '@cotangent/tensor';
import { rateAfter } from './combined';
import type { Schedule } from './schedules';

/** What a schedule moves: a group of an optimiser. */
export interface Scheduled {
  lr: number;
  momentum?: number | undefined;
}

/** Where a scheduler stands. */
export interface SchedulerState {
  readonly count: number;
  /** The rates the groups started with. */
  readonly bases: readonly number[];
  /** The rates they had when the state was taken. */
  readonly rates: readonly number[];
}

/**
 * Sets the rates of all groups from a schedule: at once for count 0, then at every `step`. Call it after
 * `optimizer.step`, per epoch or per batch, whatever the schedule counts. Every group starts from the rate it has when the
 * scheduler is made.
 *
 * A rate that is changed by hand in between counts as in PyTorch: schedules that multiply the rate of before go on from it,
 * others overrule it. A schedule that cycles the momentum sets that of every group too.
 *
 * @example
 * ```ts
 * import { SGD, Scheduler, exponentialLR } from '@cotangent/optimizers';
 * import { parameter, zeros } from '@cotangent/tensor';
 * const optimizer = new SGD([parameter(zeros([2]))], { lr: 1 });
 * const scheduler = new Scheduler(optimizer, exponentialLR({ gamma: 0.5 }));
 * scheduler.step();
 * console.log(optimizer.lr); // 0.5
 * ```
 */
export class Scheduler {
  private readonly groups: readonly Scheduled[];
  private readonly schedule: Schedule;
  private bases: readonly number[];
  private at = 0;

  constructor(optimizer: { readonly groups: readonly Scheduled[] }, schedule: Schedule) {
    this.groups = optimizer.groups;
    this.schedule = schedule;
    this.bases = this.groups.map((group) => group.lr);
    if (schedule.momentum && this.groups.some(({ momentum }) => !momentum)) {
      throw new ArgumentError('Scheduler: the schedule cycles the momentum, but the optimiser has none. Use cycleMomentum: false.');
    }
    this.set(0);
  }

  /** How many steps have been made. */
  get count(): number {
    return this.at;
  }

  /** Goes on by one. */
  step(): void {
    this.move(this.at + 1, (group, base) => rateAfter(this.schedule, this.at + 1, group.lr, base));
  }

  /** Goes to any count, as if no rate had been changed by hand. */
  set(count: number): void {
    this.move(count, (_, base) => this.schedule(count, base));
  }

  /** Plain numbers, ready for JSON. */
  state(): SchedulerState {
    return { count: this.at, bases: this.bases, rates: this.groups.map(({ lr }) => lr) };
  }

  /**
   * Goes back to where `state` was taken.
   *
   * @throws StateError when the state belongs to another optimiser or is damaged.
   */
  restore({ count, bases, rates }: SchedulerState): void {
    if (!Number.isInteger(count) || count < 0) {
      throw new StateError(`Scheduler.restore: count is ${count}; expected a whole number of at least 0.`);
    }
    if (bases.length !== this.groups.length || rates.length !== this.groups.length) {
      throw new StateError(`Scheduler.restore: the state has ${bases.length} rates; this optimiser has ${this.groups.length} groups.`);
    }
    this.bases = bases;
    this.move(count, (_, __, i) => rates[i]!);
  }

  private move(count: number, rateOf: (group: Scheduled, base: number, i: number) => number): void {
    this.groups.forEach((group, i) => {
      group.lr = rateOf(group, this.bases[i]!, i);
      if (this.schedule.momentum) group.momentum = this.schedule.momentum(count);
    });
    this.at = count;
  }
}
