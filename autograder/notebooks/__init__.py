"""Any file as a notebook that runs: read, and mended where that is safe."""
