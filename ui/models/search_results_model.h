// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/query.h"

#include <QAbstractListModel>

#include <vector>

namespace clipscope {

class ThumbnailCache;

QString reasonText(Reason reason); ///< "picture", "name", "caption", "subtitle"

/// The hits of the newest answered query, best first.
class SearchResultsModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { SpanRole = Qt::UserRole, ScoreRole, FractionRole, ReasonsRole, PathRole, FailedRole };

    explicit SearchResultsModel(ThumbnailCache& thumbnails, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    void setHits(std::vector<Hit> hits);
    const Hit* hit(int row) const;
    const std::vector<Hit>& hits() const { return m_hits; }
    int videoCount() const; ///< different videos among the hits

private:
    ThumbnailCache& m_thumbnails;
    std::vector<Hit> m_hits;
};

} // namespace clipscope
