// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/disk_use_model.h"

#include "models/display_text.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace clipscope {

void DiskUseModel::setUse(const DiskUse& use)
{
    beginResetModel();
    m_rows.clear();
    const auto add = [this](Kind kind, const QString& what, const QString& tip, const DiskAmount& amount, bool chosen) {
        if (amount.files > 0)
            m_rows.push_back({kind, what, tip, amount, chosen && amount.files > 0, 0});
    };
    add(Kind::Fixed, tr("Database"), tr("Names, captions, labels and what is known of each video, with its backup"),
        use.database, false);
    for (const DiskUse::Embeddings& kind : use.embeddings) {
        const QString model = QString::fromStdString(kind.key.model);
        const QString written = kind.lastWrittenSec > 0
            ? QLocale().toString(QDateTime::fromSecsSinceEpoch(kind.lastWrittenSec).date(), QLocale::ShortFormat)
            : tr("never");
        Row row{kind.current ? Kind::Fixed : Kind::Embeddings,
            kind.current ? tr("Embeddings of %1, in use").arg(model)
                         : tr("Embeddings of %1, last written %2").arg(model, written),
            tr("%1 embedded. Frames: %2. Model %3, last written %4")
                .arg(countedVideos(kind.shards.files), QString::fromStdString(kind.key.sampler),
                    QString::fromStdString(kind.key.modelHash.substr(0, 12)), written),
            {kind.shards.files + kind.about.files, kind.shards.bytes + kind.about.bytes}, false, kind.key.id};
        m_rows.push_back(std::move(row));
    }
    add(Kind::Fixed, tr("Of a run that is not finished"), tr("Somebody is writing it, or the next run goes on from it"),
        use.unfinished, false);
    add(Kind::Fixed, tr("Thumbnails"), tr("Pictures of the cards and of the film strips"), use.thumbnails, false);
    add(Kind::Fixed, tr("Other files"),
        tr("Clipscope has not put them into the library's folder and never deletes them"), use.other, false);
    add(Kind::Removed, tr("Left by removed videos"),
        tr("Embeddings and thumbnails of videos that are no longer in the library"), use.removed, true);
    add(Kind::Damaged, tr("Damaged, set aside"),
        tr("Embeddings that failed their checksum, and what a crash left half-written"), use.damaged, true);
    add(Kind::OlderDatabases, tr("Older copies of the database"),
        tr("Set aside before the format changed, or because they were damaged"), use.olderDatabases, false);
    add(Kind::SearchCache, tr("Search cache"),
        tr("What a search reads instead of the embeddings, to open at once; made again when it is needed"),
        use.searchCache, false);
    add(Kind::Caches, tr("Caches, shared by all libraries"), tr("Made again when they are needed"), use.caches, false);
    endResetModel();
}

void DiskUseModel::clear()
{
    beginResetModel();
    m_rows.clear();
    endResetModel();
}

CleanChoice DiskUseModel::choice() const
{
    CleanChoice out;
    out.removed = out.damaged = false;
    for (const Row& row : m_rows) {
        if (!row.chosen)
            continue;
        out.removed |= row.kind == Kind::Removed;
        out.damaged |= row.kind == Kind::Damaged;
        out.olderDatabases |= row.kind == Kind::OlderDatabases;
        out.searchCache |= row.kind == Kind::SearchCache;
        out.caches |= row.kind == Kind::Caches;
        if (row.kind == Kind::Embeddings)
            out.keys.push_back(row.key);
    }
    return out;
}

DiskAmount DiskUseModel::chosen() const
{
    DiskAmount sum;
    for (const Row& row : m_rows) {
        if (row.chosen) {
            sum.files += row.amount.files;
            sum.bytes += row.amount.bytes;
        }
    }
    return sum;
}

bool DiskUseModel::hasChoice() const
{
    return std::any_of(m_rows.begin(), m_rows.end(), [](const Row& row) { return row.kind != Kind::Fixed; });
}

int DiskUseModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int DiskUseModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DiskUseModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row& row = m_rows[size_t(index.row())];
    if (role == Qt::ToolTipRole)
        return row.tip;
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (index.column() == What ? Qt::AlignLeft : Qt::AlignRight));
    if (role == Qt::CheckStateRole && index.column() == What && row.kind != Kind::Fixed)
        return row.chosen ? Qt::Checked : Qt::Unchecked;
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case What:
        return row.what;
    case Files:
        return QLocale().toString(qlonglong(row.amount.files));
    default:
        return bytesText(row.amount.bytes);
    }
}

bool DiskUseModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || !(flags(index) & Qt::ItemIsUserCheckable))
        return false;
    m_rows[size_t(index.row())].chosen = value.toInt() == Qt::Checked;
    Q_EMIT dataChanged(index, index, {Qt::CheckStateRole});
    return true;
}

Qt::ItemFlags DiskUseModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    Qt::ItemFlags out = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (index.column() == What && m_rows[size_t(index.row())].kind != Kind::Fixed)
        out |= Qt::ItemIsUserCheckable;
    return out;
}

QVariant DiskUseModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (section == What ? Qt::AlignLeft : Qt::AlignRight));
    if (role != Qt::DisplayRole)
        return {};
    return section == What ? tr("What") : section == Files ? tr("Files") : tr("Size");
}

} // namespace clipscope
