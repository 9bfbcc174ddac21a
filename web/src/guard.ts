/** Everything that a part of the page holds and must give back: sounds, workers, frames, listeners. Given back once, newest first. */
export class ResourceGuard {
  private readonly held: (() => void)[] = [];
  private over = false;

  get disposed(): boolean {
    return this.over;
  }

  /** What comes too late is given back at once. */
  add(release: () => void): void {
    if (this.over) release();
    else this.held.push(release);
  }

  listen<Type extends string>(
    target: { addEventListener: (type: Type, listener: (event: Event) => void, options?: AddEventListenerOptions) => void; removeEventListener: (type: Type, listener: (event: Event) => void, options?: AddEventListenerOptions) => void },
    type: Type,
    listener: (event: Event) => void,
    options?: AddEventListenerOptions,
  ): void {
    target.addEventListener(type, listener, options);
    this.add(() => {
      target.removeEventListener(type, listener, options);
    });
  }

  /** Runs with each frame that the browser draws, and not while the page is hidden. */
  frames(draw: (now: number) => void): void {
    let request = 0;
    const next = (now: number) => {
      request = requestAnimationFrame(next);
      draw(now);
    };
    const follow = () => {
      cancelAnimationFrame(request);
      if (document.visibilityState !== 'hidden') request = requestAnimationFrame(next);
    };
    this.listen(document, 'visibilitychange', follow);
    this.add(() => {
      cancelAnimationFrame(request);
    });
    follow();
  }

  dispose(): void {
    if (this.over) return;
    this.over = true;
    for (const release of this.held.splice(0).reverse()) release();
  }
}
