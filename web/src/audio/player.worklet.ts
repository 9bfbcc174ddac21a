/** The audio thread's end of the player: a message port and render quanta around PlayerCore. */
import { type FromCore, PlayerCore, type ToCore } from './core';

declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class Player extends AudioWorkletProcessor {
  private readonly core = new PlayerCore((report: FromCore) => {
    this.port.postMessage(report);
  });
  private open = true;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<ToCore | 'close'>) => {
      if (event.data === 'close') this.open = false;
      else this.core.receive(event.data, currentFrame);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (out) this.core.process(out, currentFrame);
    return this.open;
  }
}

registerProcessor('lares-player', Player);
