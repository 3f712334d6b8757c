/* SQLite's source, and behind it what refresh.h promises. Only this file sees SQLite's inside (3.53, wal.c and pager.c). */
#include "sqlite3.c"

#include "engine/sqlite/refresh.h"

/* More frames than this are not looked through: the cache is emptied instead. */
#define ALLOD_MOST_FRAMES 8192

/*
** The connection has just begun to read at wal->hdr; its cache holds pages of the commit `old`. Forgets those that differ,
** and says whether it could.
**
** A log is begun anew under another salt. Under one salt commits only ever append frames, so the pages that differ between
** two commits are those of the frames between them, whichever of the two is the newer. A checkpoint copies frames
** into the database and changes no commit's pages.
*/
static int allodForgetChanged(Pager *pager, const WalIndexHdr *old){
  Wal *wal = pager->pWal;
  const WalIndexHdr *now = &wal->hdr;
  u32 from = old->mxFrame<now->mxFrame ? old->mxFrame : now->mxFrame;
  u32 to = old->mxFrame<now->mxFrame ? now->mxFrame : old->mxFrame;
  u32 frame;
  if( !old->isInit || old->szPage!=now->szPage || memcmp(old->aSalt, now->aSalt, sizeof(now->aSalt))!=0 ) return 0;
  if( from==to ) return 1;
  /* Read lock 0 leaves the log to writers, who may begin it anew just now; the others hold it (walRestartLog). */
  if( wal->readLock<=0 || to-from>ALLOD_MOST_FRAMES ) return 0;
  if( to>walIndexHdr(wal)->mxFrame ) return 0;  /* of a transaction that failed while it committed */
  for(frame=from+1; frame<=to; frame++){
    WalHashLoc place;
    PgHdr *page;
    if( walHashGet(wal, walFramePage(frame), &place)!=SQLITE_OK || place.aPgno==0 ) return 0;
    page = sqlite3PagerLookup(pager, place.aPgno[frame-place.iZero-1]);
    if( page==0 ) continue;
    if( sqlite3PcachePageRefcount(page)!=1 ){
      sqlite3PagerUnrefNotNull(page);
      return 0;
    }
    sqlite3PcacheDrop(page);
  }
  if( now->nPage<old->nPage ) sqlite3PcacheTruncate(pager->pPCache, now->nPage);
  /* As pager_reset() does. */
  pager->iDataVersion++;
  sqlite3BackupRestart(pager->pBackup);
  return 1;
}

int allod_refresh_pages(sqlite3 *db, sqlite3_snapshot *snapshot){
  Btree *tree = db->aDb[0].pBt;
  Pager *pager = sqlite3BtreePager(tree);
  Wal *wal = pager->pWal;
  WalIndexHdr old;
  int rc, changed = 0;
  if( sqlite3BtreeTxnState(tree)!=SQLITE_TXN_NONE ) return SQLITE_OK;
  /* Not open yet, or about to recover from an error: nothing is in the cache. */
  if( wal==0 || wal->readLock>=0 || pager->eState!=PAGER_OPEN || pager->errCode!=SQLITE_OK ) return SQLITE_OK;
  old = wal->hdr;
  wal->pSnapshot = (WalIndexHdr*)snapshot;
  rc = sqlite3WalBeginReadTransaction(wal, &changed);
  wal->pSnapshot = 0;
  if( rc!=SQLITE_OK ){
    wal->hdr = old;  /* what the cache holds: the next attempt is to find that something changed */
    return rc;
  }
  if( changed && !allodForgetChanged(pager, &old) ) pager_reset(pager);
  sqlite3WalEndReadTransaction(wal);
  return SQLITE_OK;
}
