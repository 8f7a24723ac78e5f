// The program of a sandbox worker, bundled as dist/sandbox-worker.js. The only
// place where extractors run.

import { expand } from "../expand.ts";
import { extractors } from "../index.ts";
import { serve } from "./serve.ts";

serve((bytes, limits) => expand(bytes, limits, extractors));
