"""Lay data out on a grid so that neighbours are alike: a self-organizing map (Listings 7 to 12).

Ten colours, each three numbers (red, green, blue), are laid out on 4 x 4 nodes. The picture is
saved as som.png in the current folder, and shown where there is a screen.
"""
import os

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')  # no log lines; exceptions still show
os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')  # a faster start: Keras 3 is not loaded
# A small map's steps are too short to be worth threads of their own (-1: the caller's is used).
os.environ.setdefault('TF_NUM_INTEROP_THREADS', '-1')
os.environ.setdefault('TF_NUM_INTRAOP_THREADS', '1')

import matplotlib.pyplot as plt
import numpy as np
import tensorflow.compat.v1 as tf

tf.logging.set_verbosity(tf.logging.ERROR)
tf.disable_v2_behavior()


# %%
# Listing 7: the map and its graph
# The grid, a vector for each of its nodes, and the training step, which Listings 8 to 10 build.
class SOM:
    """A grid of nodes that training fits to the data so that neighbours on the grid are alike.

    `train` sets `nodes_val` and `locs_val`, the vectors and places of the nodes, and
    `centroid_grid[x][y]`, the vector at place (x, y).

    Parameters
    ----------
    width, height, dim : int
        Size of the grid in nodes, and length of a node's vector and of a row of the data.
    """

    def __init__(self, width, height, dim):
        self.num_iters = 100  # change it only here: the graph is built with it
        self.width = width
        self.height = height
        self.dim = dim
        self.node_locs = self.get_locs()

        # Each node is a vector of `dim` numbers; the grid has width * height nodes.
        nodes = tf.Variable(tf.random_normal([width * height, dim], seed=0))
        self.nodes = nodes

        # These two are fed in each iteration, for each row: the row, and the iteration's number.
        x = tf.placeholder(tf.float32, [dim])
        iter = tf.placeholder(tf.float32)
        self.x = x
        self.iter = iter

        # The best matching unit (BMU) is the node that is most like the input.
        bmu_loc = self.get_bmu_loc(x)

        # The BMU and its neighbours are pulled towards the input.
        self.propagate_nodes = self.get_propagation(bmu_loc, x, iter)

    # Listing 8: pull the BMU and its neighbours towards the input
    # Near the BMU, nodes go a larger part of the way. Over time, that part and the reach shrink.
    def get_propagation(self, bmu_loc, x, iter):
        """The op that moves each node a part of its way to `x`, the BMU the largest part."""
        rate = 1.0 - tf.div(iter, self.num_iters)
        alpha = rate * 0.5  # the BMU's part
        # How far the pull reaches, in steps of the grid.
        sigma = rate * tf.to_float(tf.maximum(self.width, self.height)) / 2.
        expanded_bmu_loc = tf.expand_dims(tf.to_float(bmu_loc), 0)
        sqr_dists_from_bmu = tf.reduce_sum(
            tf.square(tf.subtract(expanded_bmu_loc, self.node_locs)), 1)
        neigh_factor = tf.exp(-tf.div(sqr_dists_from_bmu, 2 * tf.square(sigma)))
        rate = tf.multiply(alpha, neigh_factor)
        rate_factor = tf.expand_dims(rate, 1)  # nodes x 1, broadcast over `dim` in the next line
        nodes_diff = tf.multiply(rate_factor, tf.subtract(x, self.nodes))
        update_nodes = tf.add(self.nodes, nodes_diff)
        return tf.assign(self.nodes, update_nodes)

    # Listing 9: find the best matching unit (BMU)
    # It is the node whose vector is nearest to the input.
    def get_bmu_loc(self, x):
        """The place of the best matching unit on the grid, for the input `x`."""
        expanded_x = tf.expand_dims(x, 0)
        sqr_diff = tf.square(tf.subtract(expanded_x, self.nodes))
        dists = tf.reduce_sum(sqr_diff, 1)  # squared distances
        bmu_idx = tf.argmin(dists, 0)
        bmu_loc = tf.stack([tf.mod(bmu_idx, self.width), tf.div(bmu_idx, self.width)])
        return bmu_loc

    # Listing 10: the grid's coordinates
    # Distances on the grid are measured between these places.
    def get_locs(self):
        """The place [x, y] of each node (width * height x 2)."""
        locs = [[x, y] for y in range(self.height) for x in range(self.width)]
        return tf.to_float(locs)

    # Listing 11: train
    # Every row is shown in every iteration. Then the vectors are laid out as the grid.
    def train(self, data):
        """Show each row of `data` (rows x dim) to the map `num_iters` times.

        The map computes in single precision, so numbers that are very large, or far from 0 but
        near each other, should be centred and scaled first.

        Raises
        ------
        ValueError
            If the data hold NaN, infinity, or a number too large for single precision.
        """
        data = np.asarray_chkfinite(data, np.float32)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for i in range(self.num_iters):
                for data_x in data:
                    sess.run(self.propagate_nodes, feed_dict={self.x: data_x, self.iter: i})
            centroid_grid = [[] for i in range(self.width)]
            self.nodes_val = list(sess.run(self.nodes))
            self.locs_val = list(sess.run(self.node_locs))
            for i, l in enumerate(self.locs_val):
                centroid_grid[int(l[0])].append(self.nodes_val[i])
            self.centroid_grid = centroid_grid


# %%
# Listing 12: ten colours on a map of 4 x 4
# A colour is three numbers, red, green and blue, so the trained grid can be shown as a picture.
colors = np.array([
    [0., 0., 1.], [0., 0., 0.95], [0., 0.05, 1.],  # blues
    [0., 1., 0.], [0., 0.95, 0.], [0., 1., 0.05],  # greens
    [1., 0., 0.], [1., 0.05, 0.], [1., 0., 0.05],  # reds
    [1., 1., 0.]])  # yellow

som = SOM(4, 4, 3)

if __name__ == '__main__':
    som.train(colors)
    plt.imshow(som.centroid_grid)
    # Each centroid_grid[x] is drawn as a row, so x runs down.
    plt.gca().set(xlabel='y', ylabel='x', xticks=[0, som.height - 1], yticks=[0, som.width - 1])
    plt.savefig('som.png')
    print('The map is saved as som.png')
    plt.show()
