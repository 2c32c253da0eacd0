import { baseFace, type Face, faceFor, has } from './pdf-fonts.ts';
import { FROM_THE_RIGHT, visualRuns } from './visual-runs.ts';

interface Run {
  readonly text: string;
  readonly face: Face;
}

/** Where a line of text goes, in points. */
interface Line {
  readonly left: number;
  readonly top: number;
  /** What is wider ends in an ellipsis. Absent: as wide as it is. */
  readonly width?: number;
  readonly align?: 'left' | 'center' | 'right';
}

const ELLIPSIS = '…';

/** pdfkit sets word after word from left to right, unless it is told which features of the font to use; then it remembers none, which is slower. */
const asAWhole = (text: string) => (FROM_THE_RIGHT.test(text) ? { features: [] } : {});

/** Sets lines of text in whatever fonts their characters need; a PDF's own calls know one font at a time. */
export class PdfText {
  readonly pdf: PDFKit.PDFDocument;
  /** Characters the base font has. */
  readonly #plain = new Set<string>();
  #size = 0;
  #ink = '';

  constructor(pdf: PDFKit.PDFDocument) {
    this.pdf = pdf;
  }

  /** Points and colour of every line until the next call. */
  style(size: number, ink: string): this {
    this.#size = size;
    this.#ink = ink;
    return this;
  }

  /** Points from the left of a text to its right. */
  width(text: string): number {
    return this.#runs(oneLine(text)).reduce((sum, run) => sum + this.#use(run.face).widthOfString(run.text, asAWhole(run.text)), 0);
  }

  /** Draws one line. What a person wrote over several is put on one. */
  line(text: string, { left, top, width, align = 'left' }: Line): void {
    const shown = this.#fitted(oneLine(text), width);
    const spare = width === undefined || align === 'left' ? 0 : width - this.width(shown);
    let at = left + { left: 0, center: spare / 2, right: spare }[align];
    const { ascent, unitsPerEm } = baseFace().font;
    const baseline = top + (ascent / unitsPerEm) * this.#size;
    this.pdf.fillColor(this.#ink);
    for (const run of this.#runs(shown)) {
      const pdf = this.#use(run.face).text(run.text, at, baseline, { ...asAWhole(run.text), baseline: 'alphabetic', lineBreak: false });
      at += pdf.widthOfString(run.text, asAWhole(run.text));
    }
  }

  /** The most of a text that there is room for. */
  #fitted(text: string, width: number | undefined): string {
    if (width === undefined || this.width(text) <= width) return text;
    const characters = [...text];
    let [fits, tooMany] = [0, characters.length];
    while (tooMany - fits > 1) {
      const middle = (fits + tooMany) >> 1;
      if (this.width(characters.slice(0, middle).join('') + ELLIPSIS) <= width) fits = middle;
      else tooMany = middle;
    }
    return characters.slice(0, fits).join('').trimEnd() + ELLIPSIS;
  }

  #use(face: Face): PDFKit.PDFDocument {
    return this.pdf.registerFont(face.name, face.bytes).font(face.name, this.#size);
  }

  /** From left to right as they stand on the page. */
  #runs(text: string): Run[] {
    return visualRuns(text).flatMap((run) => this.#inTheirFaces(run));
  }

  #inTheirFaces(text: string): Run[] {
    const parts: { text: string; isPlain: boolean }[] = [];
    for (const character of text) {
      const isPlain = this.#isPlain(character);
      const last = parts.at(-1);
      if (last?.isPlain === isPlain) last.text += character;
      else parts.push({ text: character, isPlain });
    }
    return parts.flatMap((part) => (part.isPlain ? { text: part.text, face: baseFace() } : foreign(part.text)));
  }

  #isPlain(character: string): boolean {
    if (this.#plain.has(character)) return true;
    const isPlain = has(baseFace(), character);
    if (isPlain) this.#plain.add(character);
    return isPlain;
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** In one font, so that a name looks as if written by one hand; where none has all of it, each character in one that has it. */
function foreign(text: string): Run[] {
  const face = faceFor(text);
  if (face) return [{ text, face }];
  return [...text].map((character) => ({ text: character, face: faceFor(character) ?? baseFace() }));
}
