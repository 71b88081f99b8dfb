// Imported first, it lets a thread run the workspace's TypeScript sources, without a build. Published packages do without it.
import { register } from 'node:module';
import { register as runTypeScript } from 'tsx/esm/api';

register('./sourceCondition.mjs', import.meta.url);
runTypeScript();
