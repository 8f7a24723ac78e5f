// The program of a sandbox worker, bundled as dist/sandbox-worker.js. Every
// extractor runs here; inline.ts names those that also run elsewhere.

import { expand } from "../expand.ts";
import { extractors } from "../index.ts";
import { serve } from "./serve.ts";

serve((bytes, limits, options) => expand(bytes, limits, extractors, options));
