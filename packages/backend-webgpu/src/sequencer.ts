/**
 * One ordered queue. Tasks run at once while nothing is being waited for; a task that returns a promise holds up those behind it.
 * Everything that touches GPU memory goes through here, so that memory may be given back and used again in the order of tasks.
 */
export class Sequencer {
  private tail: Promise<void> | undefined;

  /** Runs `task` after all earlier ones. Its failure is handed to `failed`, and the queue goes on. */
  add(task: () => Promise<void> | undefined, failed: (error: unknown) => void): void {
    if (this.tail) {
      this.follow(this.tail.then(task).catch(failed));
      return;
    }
    try {
      const waiting = task();
      if (waiting) this.follow(waiting.catch(failed));
    } catch (error) {
      failed(error);
    }
  }

  /** Resolves when all tasks so far are done; undefined when they are. */
  idle(): Promise<void> | undefined {
    return this.tail;
  }

  private follow(waiting: Promise<void>): void {
    const tail = waiting.then(() => {
      if (this.tail === tail) this.tail = undefined;
    });
    this.tail = tail;
  }
}
