// Ids are paths from here, so that the same sources give the same bytes in any folder: the suite
// compares what is committed with what it builds.
module.exports = { context: __dirname, optimization: { moduleIds: 'named' } };
