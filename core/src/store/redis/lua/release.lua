-- release: at token -> whom to wake.
-- The row may have moved: its lease goes with it.
return { release(resolve(ARGV[1]), ARGV[2]) }
