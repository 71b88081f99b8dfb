import { Converter, ReflectionKind } from 'typedoc';

/** Names modules as they are imported, and documents by their first heading. */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const [, name, part] = /^(?:packages\/)?([\w-]+)\/src(\/\w+)?$/.exec(reflection.name) ?? [];
    if (name !== undefined) reflection.name = `@refrain/${name}${part ?? ''}`;
  });
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [heading] = document.content;
    const [, title] = /^# (.+)$/m.exec(heading?.text ?? '') ?? [];
    if (title !== undefined) document.name = title;
  });
}
