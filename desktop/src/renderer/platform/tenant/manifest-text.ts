import { Document, isMap, isScalar, isSeq } from 'yaml';
import type { FieldOwner } from '../../../platform/platform-view-questions.ts';

/** The manifest as YAML; behind each field that another tool keeps stands its name. Pure. @param says the words for it */
export function manifestText(manifest: object, owners: readonly FieldOwner[], says: (manager: string) => string): string {
  const document = new Document(manifest);
  for (const { path, manager } of owners) {
    const node = nodeAt(document, path);
    // Behind a list or a map there is no line to write on.
    if (isScalar(node)) node.comment = ` ${says(manager)}`;
  }
  return document.toString({ lineWidth: 0 });
}

/** `spec.messaging.topics[orders].partitions`: an item of a list is named by its name. */
function nodeAt(document: Document, path: string): unknown {
  let node: unknown = document.contents;
  for (const [, key, item] of path.matchAll(/\.?([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (key !== undefined && isMap(node)) node = node.get(key, true);
    else if (item !== undefined && isSeq(node)) node = node.items.find((each) => isMap(each) && each.get('name') === item);
    else return undefined;
  }
  return node;
}
