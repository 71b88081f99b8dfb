import { openSession, type Session } from '@refrain/onnx';

/** Opens sessions for models. */
export interface ModelSessions {
  /** A session for the model that `key` stands for, which is made only where one is opened. */
  open(key: unknown, model: () => Uint8Array): Promise<Session>;
}

/** Opens a session of its own for whoever asks. */
export const ownSessions: ModelSessions = { open: (_, model) => openSession(model()) };

/** Sessions that, once closed, serve the next that asks for the same model: to open one takes longer than to train a small head. */
export class SharedSessions implements ModelSessions {
  readonly #idle = new Map<string, Session[]>();

  async open(key: unknown, model: () => Uint8Array): Promise<Session> {
    const name = JSON.stringify(key);
    const idle = this.#idle.get(name) ?? [];
    this.#idle.set(name, idle);
    const session = idle.pop() ?? (await openSession(model()));
    return { ...session, close: async () => void idle.push(session) };
  }

  /** Closes all that nobody has open. */
  async close(): Promise<void> {
    const idle = [...this.#idle.values()].flatMap((sessions) => sessions.splice(0));
    await Promise.all(idle.map((session) => session.close()));
  }
}
