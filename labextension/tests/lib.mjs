// What `tsc` writes to lib/ is for a bundler: paths without '.js', in a package that does not call
// itself a module. With this (`node --import ./tests/lib.mjs`), Node can import it as it is.
import { register } from 'node:module';

const hooks = `
const LIB = '/labextension/lib/';

export async function resolve(specifier, context, next) {
  const isOurs = specifier.startsWith('.') && context.parentURL?.includes(LIB);
  const isBare = isOurs && !specifier.endsWith('.js');
  const found = await next(isBare ? specifier + '.js' : specifier, context);
  return found.url.includes(LIB) ? { ...found, format: 'module' } : found;
}
`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
