/** A task that never runs twice at once: who asks while it runs gets one more run after it. */
export class Turns {
  constructor(private readonly task: () => Promise<void>) {}

  /** Resolves after a run that began no earlier than this call. */
  run(): Promise<void> {
    if (this.running === null) {
      this.running = this.task().finally(() => (this.running = null));
      return this.running;
    }
    this.following ??= this.running.catch(() => undefined).then(() => {
      this.following = null;
      return this.run();
    });
    return this.following;
  }

  private running: Promise<void> | null = null;
  private following: Promise<void> | null = null;
}
