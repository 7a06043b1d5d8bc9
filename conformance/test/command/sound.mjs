import { harnessOf } from '@cache/conformance';

export default harnessOf();
