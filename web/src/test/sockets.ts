/** A WebSocket that the test plays the server of. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  sent: { event: string; data: Record<string, unknown>; id?: string }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (!socket) throw new Error('nothing has connected');
    return socket;
  }

  open(): this {
    this.readyState = 1;
    this.onopen?.();
    this.say('ready', {});
    return this;
  }

  say(event: string, data: object, id?: string): void {
    this.onmessage?.({ data: JSON.stringify({ event, data, ...(id ? { id } : {}) }) });
  }

  drop(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as FakeSocket['sent'][number]);
  }

  close(): void {
    this.readyState = 3;
  }

  named(event: string) {
    return this.sent.filter((message) => message.event === event);
  }
}
