/** How long a message offers to take something back: time enough to read it and to come there without a mouse (WCAG 2.2, 2.2.1). */
export const undoTimeMs = 30_000;
