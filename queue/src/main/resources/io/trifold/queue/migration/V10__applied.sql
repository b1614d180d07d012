-- What a host has on its disk. Its position passes also what is recorded on the host as not applied
-- yet: that is not on its disk.
ALTER TABLE trifold.host
  -- Up to here all events are on the disk, or parked, or not for this host.
  ADD COLUMN applied bigint NOT NULL DEFAULT 0,
  -- The highest position of an event that could not be applied and is parked; 0 if there is none.
  ADD COLUMN parked bigint NOT NULL DEFAULT 0;
