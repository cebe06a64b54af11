// At: names the moments of the publication protocol, for tests that end a writer at each of them.
//
// With OTTO_STEPS defined every moment calls otto_step(), which the test provides; else nothing is compiled in.
#pragma once

#if defined(OTTO_STEPS)
extern "C" void otto_step(int step);
#endif

namespace otto {

// In the order in which a set passes them; those of files before those of their records.
enum class Step : int {
  kBudgetAdded = 1,     // `used` of .budget, not yet `charged`
  kCharged,             // both
  kChargeReturned,      // `charged`, not yet `used`
  kFileNumberTaken,     // of a value file
  kFileCreated,         // empty
  kFileWritten,         // in part; once for each piece
  kFileMoved,           // copied to disk; the one in memory is still there
  kFileLinked,          // forwarded
  kFileRenamed,         // adopted
  kFileComplete,        // no record names it yet
  kFileUnlinked,        // given up
  kSpillDirectoryMade,  //
  kSpillSegmentMade,    // empty
  kReserved,            // `tail` or `spill_tail` has moved
  kAllocated,           // the reserved bytes exist
  kGivenBack,           // there was no room
  kHeaderWritten,       // of a record, through the mapping
  kKeyWritten,          //
  kValueWritten,        //
  kRecordWritten,       // all of it, by pwrite
  kNodeWritten,         //
  kBeforeNodeSwap,      //
  kAfterNodeSwap,       //
  kSequenceTaken,       //
  kBeforeRecordSwap,    // sequence and previous are set
  kAfterRecordSwap,     // published
  kBeforeSeal,          //
  kAfterSeal,           //
  kCount,
};

inline void At([[maybe_unused]] Step step) {
#if defined(OTTO_STEPS)
  otto_step(static_cast<int>(step));
#endif
}

}  // namespace otto
