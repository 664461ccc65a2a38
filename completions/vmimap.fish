complete --keep-order --exclusive --command vmimap --arguments "(VMIMAP_COMPLETE=fish vmimap -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
