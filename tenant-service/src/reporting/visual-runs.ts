import bidiFactory, { type Bidi } from 'bidi-js';

/** Hebrew and Arabic, letters and digits. */
export const FROM_THE_RIGHT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/;

// Its types are those of its ES module, and Node loads the other one.
const bidi = (bidiFactory as unknown as () => Bidi)();

/**
 * The parts of a line from the left of the page to its right (Unicode Standard Annex #9), each as fontkit is to be given it: that turns round what has
 * letters or digits of Hebrew or Arabic, and nothing else.
 */
export function visualRuns(text: string): string[] {
  if (!FROM_THE_RIGHT.test(text)) return [text];
  const embedding = bidi.getEmbeddingLevels(text);
  const isRightToLeft = (at: number): boolean => (embedding.levels[at] ?? 0) % 2 === 1;
  const kindOf = (at: number): string => `${isRightToLeft(at)} ${!isRightToLeft(at) && FROM_THE_RIGHT.test(text.charAt(at))}`;
  const runs: { from: number; to: number }[] = [];
  for (const at of bidi.getReorderedIndices(text, embedding)) {
    const last = runs.at(-1);
    const goesOn = last !== undefined && kindOf(last.from) === kindOf(at) && at === (isRightToLeft(at) ? last.from - 1 : last.to);
    if (!goesOn) runs.push({ from: at, to: at + 1 });
    else if (isRightToLeft(at)) last.from = at;
    else last.to = at + 1;
  }
  return runs.map(({ from, to }) => {
    const read = text.slice(from, to);
    const characters = isRightToLeft(from) ? Array.from(read, (character) => bidi.getMirroredCharacter(character) ?? character) : [...read];
    const isTurned = FROM_THE_RIGHT.test(read);
    return (isTurned === isRightToLeft(from) ? characters : characters.reverse()).join('');
  });
}
