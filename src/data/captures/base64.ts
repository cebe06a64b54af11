const WHITE_SPACE = /[\t\n\r ]+/g;
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

/** Decodes base64 that comes in pieces of any length; line ends and blanks in it do not count. */
export class Base64Decoder {
  #rest = '';
  #hasEnded = false;
  #problem: string | null = null;

  push(piece: Buffer): Buffer {
    const text = this.#rest + piece.toString('latin1').replace(WHITE_SPACE, '');
    const whole = text.length - (text.length % 4);
    this.#rest = text.slice(whole);
    return this.#decode(text.slice(0, whole));
  }

  /** What is wrong with it; null: nothing. */
  end(): string | null {
    return this.#problem ?? (this.#rest === '' ? null : 'its length is no multiple of four');
  }

  #decode(text: string): Buffer {
    const strange = NOT_BASE64.exec(text)?.[0];
    if (strange !== undefined) this.#problem ??= `it holds ${JSON.stringify(strange)}`;
    const padding = text.indexOf('=');
    const isPadding = padding < 0 || /^={1,2}$/.test(text.slice(padding));
    if (text !== '' && (this.#hasEnded || !isPadding)) this.#problem ??= 'something follows its end';
    if (padding >= 0) this.#hasEnded = true;
    return this.#problem === null ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  }
}
