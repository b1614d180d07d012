---------------------------- MODULE Propagation ----------------------------
(***************************************************************************)
(* How a change gets from one host's disk into the farm's log and onto the *)
(* disks of the others: append, apply, and the takeover of a host's name   *)
(* by a new session.  Processes crash at any point, requests are answered  *)
(* late, twice or never.                                                   *)
(*                                                                         *)
(* A value is the number of the write that made it; 0 is "nothing there".  *)
(* A version is a position in the log; 0 is "none".                        *)
(*                                                                         *)
(* Each guard that the design depends on is a constant.  With all of them  *)
(* TRUE the invariants hold; with any one of them FALSE the checker has to *)
(* find a history that breaks one: SpecificationTest runs both.            *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Hosts, Files,
  MaxWrites, MaxCrashes,     \* bounds of what is explored
  Locked,                    \* append compares and inserts under one lock
  ProducerChecked,           \* append knows what it has already of a producer
  BaseCompared,              \* append compares the base with the current version
  SessionChecked,            \* append refuses a session that was taken over
  PlacedFirst,               \* the position moves after the disk has changed
  LookedAgain,               \* a file is not replaced if it changed meanwhile
  CaughtUpFirst,             \* after a crash the log is read before the scan
  Scanned                    \* after a crash the disk is compared at all

VARIABLES
  log,          \* the events, by position
  recorded,     \* per host: its last own number in the log
  holder,       \* per host: the session that has its name
  transactions, \* appends that have compared and not yet inserted
  requests,     \* appends on their way to the database
  writes,       \* what programs wrote: by number, who and where
  crashes,      \* how many there were
  disk, index, position, unapplied,              \* per host, durable
  up, session, next, offered, dirty, scanned, placing  \* per host, in memory

vars == << log, recorded, holder, transactions, requests, writes, crashes, disk, index,
           position, unapplied, up, session, next, offered, dirty, scanned, placing >>

None == [seq |-> 0, session |-> 0, file |-> 0, base |-> 0, value |-> 0, host |-> 0]

Positions == 1..Len(log)

\* The latest version of a file among the first n events.
VersionAt(f, n) ==
  LET of == { p \in 1..n : log[p].file = f }
  IN IF of = {} THEN 0 ELSE CHOOSE p \in of : \A q \in of : q <= p

Version(f) == VersionAt(f, Len(log))
Value(v) == IF v = 0 THEN 0 ELSE log[v].value

Init ==
  /\ log = << >>
  /\ recorded = [h \in Hosts |-> 0]
  /\ holder = [h \in Hosts |-> 1]
  /\ transactions = {}
  /\ requests = {}
  /\ writes = << >>
  /\ crashes = 0
  /\ disk = [h \in Hosts |-> [f \in Files |-> 0]]
  /\ index = [h \in Hosts |-> [f \in Files |-> 0]]
  /\ position = [h \in Hosts |-> 0]
  /\ unapplied = [h \in Hosts |-> {}]
  /\ up = [h \in Hosts |-> TRUE]
  /\ session = [h \in Hosts |-> 1]
  /\ next = [h \in Hosts |-> 1]
  /\ offered = [h \in Hosts |-> None]
  /\ dirty = [h \in Hosts |-> {}]
  /\ scanned = [h \in Hosts |-> TRUE]
  /\ placing = [h \in Hosts |-> 0]

----------------------------------------------------------------------------
\* Programs and machines

Write(h, f) ==
  /\ Len(writes) < MaxWrites
  /\ writes' = Append(writes, [host |-> h, file |-> f])
  /\ disk' = [disk EXCEPT ![h][f] = Len(writes) + 1]
  /\ dirty' = [dirty EXCEPT ![h] = IF up[h] THEN @ \cup {f} ELSE @]
  /\ UNCHANGED << log, recorded, holder, transactions, requests, crashes, index, position,
                  unapplied, up, session, next, offered, scanned, placing >>

\* What is in memory is gone; what is on its way to the database still arrives.
Crash(h) ==
  /\ up[h] /\ crashes < MaxCrashes
  /\ crashes' = crashes + 1
  /\ up' = [up EXCEPT ![h] = FALSE]
  /\ offered' = [offered EXCEPT ![h] = None]
  /\ dirty' = [dirty EXCEPT ![h] = {}]
  /\ placing' = [placing EXCEPT ![h] = 0]
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, disk, index, position,
                  unapplied, session, next, scanned >>

\* A new session takes the name.  It waits for no append that holds the lock.
Start(h) ==
  /\ ~up[h]
  /\ Locked => transactions = {}
  /\ up' = [up EXCEPT ![h] = TRUE]
  /\ session' = [session EXCEPT ![h] = @ + 1]
  /\ holder' = [holder EXCEPT ![h] = session[h] + 1]
  /\ next' = [next EXCEPT ![h] = recorded[h] + 1]
  /\ scanned' = [scanned EXCEPT ![h] = ~Scanned]
  /\ UNCHANGED << log, recorded, transactions, requests, writes, crashes, disk, index, position,
                  unapplied, offered, dirty, placing >>

\* All that the log says is on the disk, as far as nothing stands in its way.
CaughtUp(h) ==
  /\ position[h] = Len(log) /\ placing[h] = 0
  /\ \A u \in unapplied[h] :
       LET v == Version(u.file) IN
       /\ index[h][u.file] < v
       /\ log[v].host # h
       /\ disk[h][u.file] \notin {Value(index[h][u.file]), log[v].value}

Scan(h) ==
  /\ up[h] /\ ~scanned[h]
  /\ CaughtUpFirst => CaughtUp(h)
  /\ scanned' = [scanned EXCEPT ![h] = TRUE]
  /\ dirty' = [dirty EXCEPT ![h] = @ \cup { f \in Files : disk[h][f] # Value(index[h][f]) }]
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, crashes, disk, index,
                  position, unapplied, up, session, next, offered, placing >>

----------------------------------------------------------------------------
\* Capture and append

Offer(h, f) ==
  /\ up[h] /\ scanned[h] /\ offered[h] = None /\ f \in dirty[h]
  /\ placing[h] # 0 => log[placing[h]].file # f
  /\ IF disk[h][f] = Value(index[h][f])
     THEN /\ dirty' = [dirty EXCEPT ![h] = @ \ {f}]
          /\ UNCHANGED << offered, requests >>
     ELSE LET draft == [host |-> h, session |-> session[h], seq |-> next[h], file |-> f,
                        base |-> index[h][f], value |-> disk[h][f]]
          IN /\ offered' = [offered EXCEPT ![h] = draft]
             /\ requests' = requests \cup {draft}
             /\ UNCHANGED dirty
  /\ UNCHANGED << log, recorded, holder, transactions, writes, crashes, disk, index, position,
                  unapplied, up, session, next, scanned, placing >>

\* No answer came: the same is sent again.
Resend(h) ==
  /\ up[h] /\ offered[h] # None
  /\ requests' = requests \cup {offered[h]}
  /\ UNCHANGED << log, recorded, holder, transactions, writes, crashes, disk, index, position,
                  unapplied, up, session, next, offered, dirty, scanned, placing >>

Accepted(r) ==
  /\ SessionChecked => holder[r.host] = r.session
  /\ ProducerChecked => r.seq > recorded[r.host]

Conflict(r, current) ==
  /\ BaseCompared
  /\ current # 0 /\ current # r.base
  /\ log[current].host # r.host
  /\ log[current].value # r.value

\* The comparison.  Under the lock nothing comes between it and the insert.
Begin(r) ==
  /\ r \in requests
  /\ Locked => transactions = {}
  /\ requests' = requests \ {r}
  /\ transactions' =
       IF Accepted(r)
       THEN transactions \cup
            {[draft |-> r,
              replaced |-> IF Conflict(r, Version(r.file)) THEN Version(r.file) ELSE 0]}
       ELSE transactions
  /\ UNCHANGED << log, recorded, holder, writes, crashes, disk, index, position, unapplied, up,
                  session, next, offered, dirty, scanned, placing >>

Commit(t) ==
  /\ t \in transactions
  /\ transactions' = transactions \ {t}
  /\ log' = Append(log, [host |-> t.draft.host, seq |-> t.draft.seq, file |-> t.draft.file,
                         base |-> t.draft.base, replaced |-> t.replaced,
                         value |-> t.draft.value])
  /\ recorded' = [recorded EXCEPT ![t.draft.host] = t.draft.seq]
  /\ UNCHANGED << holder, requests, writes, crashes, disk, index, position, unapplied, up, session,
                  next, offered, dirty, scanned, placing >>

\* The answer arrives: the outcome that is recorded under the draft's number.
Answer(h) ==
  LET d == offered[h] IN
  /\ up[h] /\ d # None /\ recorded[h] >= d.seq
  /\ \E p \in Positions :
       /\ log[p].host = h /\ log[p].seq = d.seq
       /\ index' = [index EXCEPT ![h][d.file] = IF @ > p THEN @ ELSE p]
       /\ unapplied' = [unapplied EXCEPT ![h] = { u \in @ : u.file # d.file \/ u.at > p }]
  /\ offered' = [offered EXCEPT ![h] = None]
  /\ next' = [next EXCEPT ![h] = d.seq + 1]
  /\ dirty' = [dirty EXCEPT ![h] = IF disk[h][d.file] = d.value THEN @ \ {d.file} ELSE @]
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, crashes, disk, position,
                  up, session, scanned, placing >>

----------------------------------------------------------------------------
\* Apply

Free(h, f) == f \notin dirty[h] /\ (offered[h] # None => offered[h].file # f)

\* What stands there is what the index says, as far as a look can tell.
AsKnown(h, f) == disk[h][f] = Value(index[h][f])

\* A program may write after the look and before the rename, unless it is looked again.
Place(h) ==
  LET p == position[h] + 1 IN
  /\ up[h] /\ placing[h] = 0 /\ p <= Len(log)
  /\ log[p].host # h /\ index[h][log[p].file] < p
  /\ Free(h, log[p].file)
  /\ AsKnown(h, log[p].file) \/ disk[h][log[p].file] = log[p].value
  /\ placing' = [placing EXCEPT ![h] = p]
  /\ position' = IF PlacedFirst THEN position ELSE [position EXCEPT ![h] = p]
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, crashes, disk, index,
                  unapplied, up, session, next, offered, dirty, scanned >>

\* The rename.  It is durable before what follows.
Swap(h) ==
  LET p == placing[h] f == log[p].file IN
  /\ up[h] /\ p # 0 /\ disk[h][f] # log[p].value
  /\ IF LookedAgain => (AsKnown(h, f) /\ f \notin dirty[h])
     THEN /\ disk' = [disk EXCEPT ![h][f] = log[p].value]
          /\ UNCHANGED << position, unapplied, placing >>
     ELSE /\ position' = [position EXCEPT ![h] = p]
          /\ unapplied' = [unapplied EXCEPT ![h] = @ \cup {[file |-> f, at |-> p]}]
          /\ placing' = [placing EXCEPT ![h] = 0]
          /\ UNCHANGED disk
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, crashes, index, up,
                  session, next, offered, dirty, scanned >>

\* Index and position move together.
Settle(h) ==
  LET p == placing[h] f == log[p].file IN
  /\ up[h] /\ p # 0
  /\ disk[h][f] = log[p].value
  /\ index' = [index EXCEPT ![h][f] = p]
  /\ position' = [position EXCEPT ![h] = IF @ > p THEN @ ELSE p]
  /\ unapplied' = [unapplied EXCEPT ![h] = { u \in @ : u.file # f \/ u.at > p }]
  /\ placing' = [placing EXCEPT ![h] = 0]
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, crashes, disk, up,
                  session, next, offered, dirty, scanned >>

\* Known already; the host's own; or a local change stands first.
Pass(h) ==
  LET p == position[h] + 1 IN
  /\ up[h] /\ placing[h] = 0 /\ p <= Len(log)
  /\ LET f == log[p].file IN
     \/ /\ index[h][f] >= p
        /\ UNCHANGED << index, unapplied, dirty >>
     \/ /\ index[h][f] < p /\ log[p].host = h
        /\ index' = [index EXCEPT ![h][f] = p]
        /\ dirty' = [dirty EXCEPT ![h] = @ \cup {f}]
        /\ UNCHANGED unapplied
     \/ /\ index[h][f] < p /\ log[p].host # h
        /\ ~Free(h, f) \/ (~AsKnown(h, f) /\ disk[h][f] # log[p].value)
        /\ unapplied' = [unapplied EXCEPT ![h] = @ \cup {[file |-> f, at |-> p]}]
        /\ dirty' = [dirty EXCEPT ![h] = @ \cup {f}]
        /\ UNCHANGED index
  /\ position' = [position EXCEPT ![h] = p]
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, crashes, disk, up,
                  session, next, offered, scanned, placing >>

\* What was passed is met again when nothing is in its way: the log's present word counts.
Retry(h) ==
  /\ up[h] /\ placing[h] = 0
  /\ \E u \in unapplied[h] :
       /\ Free(h, u.file)
       /\ LET v == Version(u.file) IN
          IF index[h][u.file] >= v
          THEN /\ unapplied' = [unapplied EXCEPT ![h] = @ \ {u}]
               /\ UNCHANGED << index, dirty, placing >>
          ELSE IF log[v].host = h
          THEN /\ index' = [index EXCEPT ![h][u.file] = v]
               /\ dirty' = [dirty EXCEPT ![h] = @ \cup {u.file}]
               /\ unapplied' = [unapplied EXCEPT ![h] = @ \ {u}]
               /\ UNCHANGED placing
          ELSE /\ AsKnown(h, u.file) \/ disk[h][u.file] = log[v].value
               /\ placing' = [placing EXCEPT ![h] = v]
               /\ UNCHANGED << unapplied, index, dirty >>
  /\ UNCHANGED << log, recorded, holder, transactions, requests, writes, crashes, disk, position,
                  up, session, next, offered, scanned >>

----------------------------------------------------------------------------
Next ==
  \/ \E h \in Hosts :
       \/ Crash(h) \/ Start(h) \/ Scan(h) \/ Resend(h) \/ Answer(h)
       \/ Place(h) \/ Swap(h) \/ Settle(h) \/ Pass(h) \/ Retry(h)
       \/ \E f \in Files : Write(h, f) \/ Offer(h, f)
  \/ \E r \in requests : Begin(r)
  \/ \E t \in transactions : Commit(t)

Spec == Init /\ [][Next]_vars

Symmetry == Permutations(Hosts) \cup Permutations(Files)

----------------------------------------------------------------------------
\* What must always hold

\* Each producer's numbers follow each other: nothing twice, nothing left out.
Numbers ==
  \A p \in Positions :
    log[p].seq = 1 + Cardinality({ q \in 1..(p - 1) : log[q].host = log[p].host })

\* Who replaces a version knew it, or the log says that he did not.
NothingReplacedUnseen ==
  \A p \in Positions :
    LET before == VersionAt(log[p].file, p - 1) IN
    \/ before = 0
    \/ log[p].base = before
    \/ log[p].replaced = before
    \/ log[before].host = log[p].host
    \/ log[before].value = log[p].value

\* Each event is a write of that host's programs, in the order in which they wrote.
NothingInvented ==
  /\ \A p \in Positions :
       /\ log[p].value # 0
       /\ writes[log[p].value].host = log[p].host
       /\ writes[log[p].value].file = log[p].file
  /\ \A p, q \in Positions :
       (p < q /\ log[p].host = log[q].host /\ log[p].file = log[q].file)
         => log[p].value < log[q].value

\* Every write is in the log, or still on its disk to be sent, or its own host wrote over it.
NothingVanishes ==
  \A w \in 1..Len(writes) :
    LET h == writes[w].host f == writes[w].file IN
    \/ \E p \in Positions : log[p].value = w
    \/ disk[h][f] = w
    \/ \E w2 \in (w + 1)..Len(writes) : writes[w2].host = h /\ writes[w2].file = f

\* What the position has passed is on the disk, or is written down as not being there.
PositionHonest ==
  \A h \in Hosts, f \in Files :
    \/ index[h][f] >= VersionAt(f, position[h])
    \/ \E u \in unapplied[h] : u.file = f

Quiet ==
  /\ requests = {} /\ transactions = {}
  /\ \A h \in Hosts :
       /\ up[h] /\ scanned[h] /\ offered[h] = None /\ dirty[h] = {} /\ placing[h] = 0
       /\ position[h] = Len(log) /\ unapplied[h] = {}

TreesEqual == Quiet => \A h \in Hosts, f \in Files : disk[h][f] = Value(Version(f))
=============================================================================
